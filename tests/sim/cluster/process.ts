import type { World } from "./world.ts";

/** No timer of a platform is finer: sums of times are rounded. */
const leastDelayMs = 1e-3;

/**
 * A process with one machine: gathers its events and steps it, wakes it when it asks for it, dies and starts again. Its
 * monotonic clock begins anew with each start.
 */
export abstract class Process<Event> {
  readonly world: World;
  readonly name: string;
  #inbox: Event[] = [];
  #planned = false;
  #wakeAtMs = Infinity;
  #offsetMs = 0;
  #pausedUntilMs = 0;
  /** Rises with each start and death. */
  #life = 0;
  alive = false;

  constructor(world: World, name: string) {
    this.world = world;
    this.name = name;
  }

  /** The machine of this process takes a step and does what it wants. */
  protected abstract step(events: readonly Event[], nowMs: number): void;
  protected abstract nextWakeMs(): number | undefined;

  /** Time of this process's clock. */
  get nowMs(): number {
    return this.world.clock.nowMs + this.#offsetMs;
  }

  /** A time of this process's clock that was a time of the world. */
  ownTime(worldMs: number): number {
    return worldMs + this.#offsetMs;
  }

  begin(): void {
    this.alive = true;
    this.#life += 1;
    this.#offsetMs = Math.floor(this.world.random() * 1e6);
  }

  /** `kill -9`. */
  die(): void {
    this.alive = false;
    this.#life += 1;
    this.#inbox = [];
    this.#planned = false;
    this.#wakeAtMs = Infinity;
  }

  /** `SIGSTOP`, and later `SIGCONT`: nothing is done meanwhile, and time goes on. */
  pause(forMs: number): void {
    this.#pausedUntilMs = this.world.clock.nowMs + forMs;
  }

  /** Whether it stood still not long ago. */
  get wasPaused(): boolean {
    const { clock, options } = this.world;
    return this.#pausedUntilMs > 0 && clock.nowMs < this.#pausedUntilMs + 2 * options.lostMs;
  }

  /** Has something done later, if the process lives until then. */
  later(delayMs: number, action: () => void): void {
    const life = this.#life;
    const { clock } = this.world;
    clock.at(clock.nowMs + delayMs, () => {
      if (life !== this.#life) return;
      if (clock.nowMs >= this.#pausedUntilMs) action();
      else this.later(this.#pausedUntilMs - clock.nowMs, action);
    });
  }

  /** Something happened; it is taken up with what else happens soon. */
  tell(event: Event): void {
    if (!this.alive) return;
    this.#inbox.push(event);
    if (this.#planned) return;
    this.#planned = true;
    this.later(this.world.random() * this.world.options.maxBatchMs, () => this.#step());
  }

  #step(): void {
    this.#planned = false;
    const events = this.#inbox;
    this.#inbox = [];
    this.world.noteStep(this.name, events);
    this.step(events, this.nowMs);
    if (this.alive) this.#planWake();
  }

  #planWake(): void {
    const wakeMs = this.nextWakeMs() ?? Infinity;
    if (wakeMs === this.#wakeAtMs) return;
    this.#wakeAtMs = wakeMs;
    if (wakeMs === Infinity) return;
    const lateMs = this.world.random() * this.world.options.maxTimerLateMs;
    this.later(Math.max(leastDelayMs, wakeMs - this.nowMs) + lateMs, () => {
      if (this.#wakeAtMs !== wakeMs) return;
      this.#wakeAtMs = Infinity;
      this.#step();
    });
  }
}
