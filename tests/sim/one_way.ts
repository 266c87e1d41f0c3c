import type { VirtualClock } from "./virtual_clock.ts";

/** Keeps messages of the same moment apart, so that the clock delivers them in order. */
const gapMs = 1e-6;

/** One direction of a connection: messages arrive late, in order, and not at all once it is cut. */
export class OneWay {
  readonly #clock: VirtualClock;
  readonly #delayMs: () => number;
  #lastMs = 0;
  #cutMs = Infinity;

  constructor(clock: VirtualClock, delayMs: () => number) {
    this.#clock = clock;
    this.#delayMs = delayMs;
  }

  /** Sends a message: `arrive` is called when it is there. */
  send(arrive: () => void): void {
    const arrivalMs = Math.max(this.#clock.nowMs + this.#delayMs(), this.#lastMs + gapMs);
    this.#lastMs = arrivalMs;
    this.#clock.at(arrivalMs, () => {
      if (arrivalMs < this.#cutMs) arrive();
    });
  }

  /** Loses everything that would arrive at that time or later. */
  cut(timeMs: number): void {
    this.#cutMs = Math.min(this.#cutMs, timeMs);
  }
}
