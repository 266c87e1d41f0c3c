// Prints the peak of resident memory early and late in a map over argv[2] items that come one by one.
import process from "node:process";
import { JobCluster } from "../../mod.ts";

const samples = 200;
/** By then all buffers have their size. */
const earlyPart = 0.2;

function increment(value: number): number {
  return value + 1;
}

async function* count(to: number): AsyncGenerator<number> {
  for (let value = 0; value < to; value += 1) yield value;
}

const items = Number(process.argv[2]);
const every = Math.ceil(items / samples);
await using cluster = await JobCluster.create(increment, { module: import.meta.url, local: 2 });
let done = 0;
let earlyBytes = 0;
let lateBytes = 0;
const startMs = performance.now();
for await (const result of cluster.map(count(items))) {
  done += 1;
  if (result !== done) throw new Error(`Cannot go on: result ${done} is ${result}`);
  if (done % every !== 0) continue;
  const { rss } = process.memoryUsage();
  if (done <= items * earlyPart) earlyBytes = Math.max(earlyBytes, rss);
  else lateBytes = Math.max(lateBytes, rss);
}
const elapsedMs = performance.now() - startMs;
process.stdout.write(JSON.stringify({ earlyBytes, lateBytes, elapsedMs }));
