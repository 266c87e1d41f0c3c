/**
 * Lends the node's slots to one client at a time; others wait in the order they came. Two clients' jobs on the same
 * cores would only slow each other down.
 */
export class SlotBroker {
  readonly #waiting: (() => void)[] = [];
  #isLent = false;

  /** Whether a client that asks now has to wait. */
  get isBusy(): boolean {
    return this.#isLent;
  }

  /**
   * Waits for the slots.
   *
   * @param signal Ends the waiting.
   * @returns What gives them back; undefined if the waiting was ended.
   */
  async borrow(signal: AbortSignal): Promise<(() => void) | undefined> {
    while (this.#isLent && !signal.aborted) await this.#turn(signal);
    if (signal.aborted) {
      // It may have been called up in the same moment: the next one must not wait for it.
      if (!this.#isLent) this.#waiting.shift()?.();
      return undefined;
    }
    this.#isLent = true;
    return () => {
      this.#isLent = false;
      this.#waiting.shift()?.();
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const leave = (): void => {
        const at = this.#waiting.indexOf(call);
        if (at >= 0) this.#waiting.splice(at, 1);
        resolve();
      };
      const call = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(call);
    });
  }
}
