// Prints the peak of resident memory early and late in a map over argv[2] items that come one by one.
import process from "node:process";
import { JobCluster } from "../../mod.ts";
import { count, earlyPart, increment, samples } from "./counted_items.ts";

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
