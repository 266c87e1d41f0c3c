// Prints the peaks of resident memory, early and late in a map over argv[2] items, of this client and of its node.
import { readFileSync } from "node:fs";
import process from "node:process";
import { JobCluster } from "../../mod.ts";
import { NodeProcess } from "../remote/node_process.ts";
import { count, earlyPart, increment, samples } from "./counted_items.ts";

/** Resident memory of another process; 0 where the system does not tell. */
function residentBytes(pid: number): number {
  if (process.platform !== "linux") return 0;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) *
    1024;
}

const items = Number(process.argv[2]);
const every = Math.ceil(items / samples);
const node = await NodeProcess.start(2);
const peaks = { clientEarlyBytes: 0, clientLateBytes: 0, nodeEarlyBytes: 0, nodeLateBytes: 0 };
const startMs = performance.now();
{
  await using cluster = await JobCluster.create(increment, {
    module: import.meta.url,
    local: 0,
    nodes: [node.address],
  });
  let done = 0;
  for await (const result of cluster.map(count(items))) {
    done += 1;
    if (result !== done) throw new Error(`Cannot go on: result ${done} is ${result}`);
    if (done % every !== 0) continue;
    const client = process.memoryUsage().rss;
    const other = residentBytes(node.pid);
    if (done <= items * earlyPart) {
      peaks.clientEarlyBytes = Math.max(peaks.clientEarlyBytes, client);
      peaks.nodeEarlyBytes = Math.max(peaks.nodeEarlyBytes, other);
    } else {
      peaks.clientLateBytes = Math.max(peaks.clientLateBytes, client);
      peaks.nodeLateBytes = Math.max(peaks.nodeLateBytes, other);
    }
  }
}
const elapsedMs = performance.now() - startMs;
await node.stop();
process.stdout.write(JSON.stringify({ ...peaks, elapsedMs }));
process.exit(0);
