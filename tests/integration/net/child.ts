// A program of its own for tests: `serve` echoes what it gets, `visit` does all there is to do and must then end by itself.
import process from "node:process";
import { closePair, connectPair, dialHere, endOf, keyringOf, listenHere, portOf } from "./ends.ts";

async function serve(): Promise<void> {
  const listener = await listenHere({
    onConnection: (connection) => {
      connection.onMessage = (message) => connection.send(message);
    },
  });
  process.stdout.write(`${portOf(listener)}\n`);
}

async function visit(): Promise<void> {
  const pair = await connectPair();
  pair.dialled.connection.send(new Uint8Array(1_000_000));
  await pair.accepted.received(1);
  await dialHere(portOf(pair.listener), { keys: keyringOf(2) }).catch(() => {});
  const second = endOf(await dialHere(portOf(pair.listener)));
  await second.connection.close();
  await closePair(pair);
  process.stdout.write("done\n");
}

await (process.argv[2] === "serve" ? serve() : visit());
