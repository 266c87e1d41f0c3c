import { backoffDelayMs } from "../core/shared/backoff.ts";
import { ConnectError } from "../net/connect_error.ts";
import { keepConnected } from "../net/keep_connected.ts";
import type { Connection } from "../net/types.ts";
import type { Backoff } from "../proto/jobs.ts";
import type { Logger } from "../platform/logger.ts";

/** Where a client may listen. */
export type ClientPlace = { readonly host: string; readonly port: number };

/** What dialling clients needs of the daemon. */
export type ClientDialerOptions = {
  readonly places: readonly ClientPlace[];
  readonly dial: (place: ClientPlace, signal: AbortSignal) => Promise<Connection>;
  /** Serves a client; it is gone when the promise resolves. */
  readonly serve: (connection: Connection) => Promise<void>;
  readonly log: Logger;
};

/** Clients come and go, and one that has come wants its nodes soon. */
const redial: Backoff = { firstMs: 200, maxMs: 1_000 };

/** What it looks like when no client is there. */
const absences: ReadonlySet<string> = new Set(["unreachable", "timeout"]);

/** Dials clients that listen, again and again: most of the time nobody is there. */
export class ClientDialer {
  readonly #options: ClientDialerOptions;
  readonly #stopped = new AbortController();
  readonly #loops: readonly Promise<void>[];

  /** Starts dialling all of them. */
  constructor(options: ClientDialerOptions) {
    this.#options = options;
    this.#loops = options.places.map((place) => this.#keep(place));
  }

  /** Dials no more; connections that are open stay so. */
  stop(): void {
    this.#stopped.abort();
  }

  /** Resolves once nothing is dialled any more and all clients it has dialled are gone. */
  async ended(): Promise<void> {
    await Promise.all(this.#loops);
  }

  #keep(place: ClientPlace): Promise<void> {
    const { dial, serve, log } = this.#options;
    let wasMissed = false;
    return keepConnected({
      dial: (signal) => dial(place, signal),
      use: serve,
      onFailure: (error) => {
        const isAbsent = error instanceof ConnectError && absences.has(error.reason);
        if (!isAbsent) return log.error(error.message);
        if (wasMissed) return log.debug(error.message);
        wasMissed = true;
        log.info(`${error.message}; it is dialled until a client is there`);
      },
      waitMs: (failures) => backoffDelayMs(redial, failures, Math.random()),
      signal: this.#stopped.signal,
    });
  }
}
