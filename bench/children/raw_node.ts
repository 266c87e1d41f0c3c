// The other end of bench/remote/raw.ts: argv[2] Workers that take turns, behind an encrypted connection. Prints its port.
import process from "node:process";
import { loadIdentity, loadKeys } from "../../lib/net/keys.ts";
import { listen } from "../../lib/net/listen.ts";

const threads = Array.from(
  { length: Number(process.argv[2]) },
  () => new Worker(new URL("../peers/raw_worker.ts", import.meta.url), { type: "module" }),
);

const listener = await listen({
  hosts: ["127.0.0.1"],
  port: 0,
  role: "node",
  name: "raw",
  identity: await loadIdentity(),
  keys: await loadKeys({ bind: ["127.0.0.1"] }),
  onConnection(connection) {
    let next = 0;
    for (const thread of threads) {
      thread.onmessage = ({ data }: MessageEvent<number[]>) => {
        connection.send(new TextEncoder().encode(JSON.stringify(data)));
      };
    }
    connection.onMessage = (bytes) => {
      next = (next + 1) % threads.length;
      threads[next]?.postMessage(JSON.parse(new TextDecoder().decode(bytes)));
    };
  },
});
process.stdout.write(`${listener.addresses[0]?.port}\n`);
