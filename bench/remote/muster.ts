import { JobCluster } from "../../mod.ts";
import { median } from "../figures/figure.ts";
import type { Entry } from "../figures/rounds.ts";
import type { Way } from "../peers/muster.ts";
import { tasks } from "../tasks.ts";
import type { OpenRemote, RemoteContender, RemoteTask } from "./contender.ts";
import { NodeProcess } from "./node_process.ts";

/** muster itself: a node daemon in a process of its own, an encrypted connection, executor processes. */
export function muster(way: Way): RemoteContender {
  return (task, workers): Entry<OpenRemote> => ({
    name: `muster ${way}`,
    side: "muster",
    open: () => open(way, task, workers),
  });
}

async function open(way: Way, task: RemoteTask, workers: number): Promise<OpenRemote> {
  const node = await NodeProcess.start(workers);
  const cluster = await JobCluster.create(tasks[task], {
    module: new URL("../tasks.ts", import.meta.url).href,
    local: 0,
    nodes: [node.address],
  });
  const runAll = (values: readonly number[]): Promise<number[]> =>
    way === "map"
      ? Array.fromAsync(cluster.map(values))
      : Promise.all(values.map((value) => cluster.submit(value)));
  return {
    isSlow: false,
    async allMs(values) {
      const startMs = performance.now();
      const results = await runAll(values);
      const elapsedMs = performance.now() - startMs;
      if (task === "noop" && results.some((result, index) => result !== values[index])) {
        throw new Error("Cannot count jobs whose results are wrong");
      }
      return elapsedMs;
    },
    async singleMs(calls) {
      const timesMs: number[] = [];
      for (let call = 0; call < calls; call += 1) {
        const startMs = performance.now();
        await cluster.submit(call);
        timesMs.push(performance.now() - startMs);
      }
      return median(timesMs);
    },
    async close() {
      await cluster.close();
      await node.stop();
    },
  };
}
