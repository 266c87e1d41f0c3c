import type { World } from "./world.ts";

/** Keeps messages of the same moment apart, so that the clock delivers them in order. */
const gapMs = 1e-6;
/** What straggles arrives up to this long after its connection broke. */
const maxStraggleMs = 800;

/** One end of a connection. */
export type End<Received> = {
  receive(message: Received): void;
  /** The connection is gone; what was sent before `sinceMs` is known to have arrived. */
  broken(sinceMs: number): void;
};

/**
 * A connection as the encrypted channel gives it: in order and without gaps until it breaks. What it loses, breaks it. Messages
 * may come twice; and some of what was on its way when it broke comes long after.
 */
export class Connection<ToServer, ToClient> {
  readonly #world: World;
  readonly #server: End<ToServer>;
  readonly #client: End<ToClient>;
  readonly #lastMs = { server: 0, client: 0 };
  readonly #cutMs = { server: Infinity, client: Infinity };
  #broken = false;

  constructor(world: World, server: End<ToServer>, client: End<ToClient>) {
    this.#world = world;
    this.#server = server;
    this.#client = client;
  }

  toServer(message: ToServer): void {
    this.#send("server", () => this.#server.receive(message));
  }

  toClient(message: ToClient): void {
    this.#send("client", () => this.#client.receive(message));
  }

  #send(side: "server" | "client", arrive: () => void): void {
    const { clock, random, options } = this.#world;
    if (this.#broken) return;
    if (clock.nowMs < options.faultsEndMs && random() < options.lossRate) return this.break();
    const copies = random() < options.duplicateRate ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const atMs = Math.max(
        clock.nowMs + random() * options.maxLatencyMs,
        this.#lastMs[side] + gapMs,
      );
      this.#lastMs[side] = atMs;
      clock.at(atMs, () => {
        if (atMs < this.#cutMs[side]) arrive();
        else if (random() < options.straggleRate) {
          clock.at(clock.nowMs + random() * random() * maxStraggleMs, arrive);
        }
      });
    }
  }

  /**
   * Breaks it: nothing arrives any more, in one direction a little later than in the other, and both ends come to notice.
   *
   * @param quickly The system of the other host says so, at once.
   */
  break(quickly = false): void {
    if (this.#broken) return;
    this.#broken = true;
    const { clock, random, options } = this.#world;
    const { nowMs } = clock;
    const detectMs = quickly ? options.maxLatencyMs : options.maxDetectMs;
    this.#cutMs.server = nowMs + random() * options.maxLatencyMs;
    this.#cutMs.client = nowMs + random() * options.maxLatencyMs;
    const sinceMs = nowMs - options.maxLatencyMs;
    const latestMs = Math.max(this.#cutMs.server, this.#cutMs.client) + gapMs;
    clock.at(latestMs + random() * detectMs, () => this.#server.broken(sinceMs));
    clock.at(latestMs + random() * detectMs, () => this.#client.broken(sinceMs));
  }
}
