import { limits } from "../proto/limits.ts";

/** Remembers the first messages of handshakes for a while, so that a recorded one starts nothing. */
export class ReplayCache {
  /** In the order of arrival, which is the order of expiry. */
  readonly #seenAtMs = new Map<string, number>();

  /** Notes a public key; true if it was here within `limits.handshakeReplayWindowMs`. */
  isReplay(ephemeralKey: Uint8Array, nowMs: number): boolean {
    this.#forget(nowMs);
    const name = ephemeralKey.toHex();
    if (this.#seenAtMs.has(name)) return true;
    this.#seenAtMs.set(name, nowMs);
    return false;
  }

  #forget(nowMs: number): void {
    for (const [name, seenAtMs] of this.#seenAtMs) {
      const isOld = nowMs - seenAtMs >= limits.handshakeReplayWindowMs;
      if (!isOld && this.#seenAtMs.size < limits.maxHandshakeReplays) return;
      this.#seenAtMs.delete(name);
    }
  }
}
