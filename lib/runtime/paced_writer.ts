import type { Socket } from "node:net";

/**
 * Writes to a socket no faster than it takes bytes: what is written beyond that is copied by the runtime, again and
 * again.
 */
export class PacedWriter {
  readonly #socket: Socket;
  /** What waits for the socket, in its order. */
  #waiting: Uint8Array[] = [];
  #isFull = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("drain", () => this.#goOn());
  }

  /** Writes now, or after everything that waits. */
  write(parts: readonly Uint8Array[]): void {
    if (this.#socket.destroyed) return;
    for (const part of parts) {
      if (this.#isFull) this.#waiting.push(part);
      else this.#isFull = !this.#socket.write(part);
    }
  }

  #goOn(): void {
    this.#isFull = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.write(waiting);
  }
}
