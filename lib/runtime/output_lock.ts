const free = 0;
const taken = 1;

/** Lets one thread at a time change the length of the output files. */
export class OutputLock {
  readonly buffer: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(4);
    this.#state = new Int32Array(this.buffer);
  }

  /** Runs the action, which must be short, while no other thread is in one. */
  during(action: () => void): void {
    while (Atomics.compareExchange(this.#state, 0, free, taken) !== free) {
      Atomics.wait(this.#state, 0, taken);
    }
    try {
      action();
    } finally {
      Atomics.store(this.#state, 0, free);
      Atomics.notify(this.#state, 0);
    }
  }
}
