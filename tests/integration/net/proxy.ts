import type { Buffer } from "node:buffer";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";

/** Which way bytes go: from the side that dialled, or back to it. */
export type Direction = "out" | "back";

/** Changes a piece of the stream that begins at `offset` of its direction. */
export type Meddle = (direction: Direction, chunk: Buffer, offset: number) => void;

/** A relay between a dialler and a listener, with everything that passed through it. */
export class Proxy {
  readonly passed: { readonly [direction in Direction]: Buffer[] } = { out: [], back: [] };
  readonly #meddle: Meddle;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(targetPort: number, meddle: Meddle = () => {}) {
    this.#targetPort = targetPort;
    this.#meddle = meddle;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#relay(socket));
  }

  listen(): Promise<number> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Stops passing bytes on, in both directions, without closing anything. */
  freeze(): void {
    for (const socket of this.#sockets) {
      socket.removeAllListeners("data");
      socket.pause();
    }
  }

  /** Ends all streams as if their sender had, without a word of the protocol. */
  cut(): void {
    for (const socket of this.#sockets) socket.end();
  }

  close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #relay(near: Socket): void {
    const far = connect({
      host: "127.0.0.1",
      port: this.#targetPort,
      allowHalfOpen: true,
    });
    this.#pass(near, far, "out");
    this.#pass(far, near, "back");
  }

  #pass(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.add(from);
    let offset = 0;
    from.setNoDelay(true);
    from.on("data", (chunk: Buffer) => {
      this.#meddle(direction, chunk, offset);
      offset += chunk.length;
      this.passed[direction].push(chunk);
      to.write(chunk);
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#sockets.delete(from);
      to.destroySoon();
    });
  }
}

/** Puts a proxy before a port and gives the proxy's port. */
export function meddleWith(
  meddle: Meddle,
  keep: (proxy: Proxy) => void,
): (port: number) => Promise<number> {
  return (port) => {
    const proxy = new Proxy(port, meddle);
    keep(proxy);
    return proxy.listen();
  };
}
