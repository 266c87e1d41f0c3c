import { connect, createServer, type Server, type Socket } from "node:net";

/** A slow line to a node. */
export type Throttle = AsyncDisposable & {
  /** Where clients connect. */
  readonly address: string;
  /** Bytes that went to the node so far. */
  readonly toNodeBytes: number;
  /** How fast clients are read from; may be changed. */
  bytesPerSecond: number;
};

/** Starts a proxy on loopback. */
export async function startThrottle(address: string): Promise<Throttle> {
  const [host = "", port = ""] = address.split(":");
  const sockets = new Set<Socket>();
  const line = { bytesPerSecond: 16 * 1024 * 1024, toNodeBytes: 0 };
  const server: Server = createServer({ highWaterMark: 64 * 1024 }, (client) => {
    const node = connect(Number(port), host);
    for (const socket of [client, node]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    node.pipe(client);
    client.on("data", (chunk: Uint8Array) => {
      line.toNodeBytes += chunk.length;
      client.pause();
      node.write(chunk);
      setTimeout(() => client.resume(), chunk.length / line.bytesPerSecond * 1000);
    });
    client.on("end", () => node.end());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const place = server.address();
  const ownPort = typeof place === "object" ? place?.port : undefined;
  return Object.assign(line, {
    address: `127.0.0.1:${ownPort}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((closed) => server.close(() => closed()));
    },
  });
}
