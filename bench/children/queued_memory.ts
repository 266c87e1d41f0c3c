// Prints how many bytes a queued job takes: submits argv[2] jobs behind ones that do not end.
import process from "node:process";
import { JobCluster } from "../../mod.ts";

const workers = 2;
const never = 2 ** 30;
const settleMs = 300;

/** Holds its slot without using CPU. */
function wait(ms: number): Promise<number> {
  return new Promise((resolve) => setTimeout(() => resolve(ms), ms));
}

/** Memory in use once the garbage is gone. */
async function used(): Promise<NodeJS.MemoryUsage> {
  const collect = (globalThis as { gc?: () => void }).gc;
  if (collect === undefined) throw new Error("Cannot measure memory without --expose-gc");
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  collect();
  return process.memoryUsage();
}

const count = Number(process.argv[2]);
const cluster = await JobCluster.create(wait, { module: import.meta.url, local: workers });
const jobs = Array.from({ length: workers }, () => cluster.submit(never));
const before = await used();
for (let index = 0; index < count; index += 1) jobs.push(cluster.submit(index));
const after = await used();
if (cluster.pending !== count + workers) throw new Error("Cannot measure jobs that have ended");
process.stdout.write(JSON.stringify({
  heapBytes: (after.heapUsed - before.heapUsed) / count,
  rssBytes: (after.rss - before.rss) / count,
}));
process.exit(0);
