import { type Isolation, JobCluster } from "../../mod.ts";
import { type TaskName, tasks } from "../tasks.ts";
import type { Peer } from "./peer.ts";

/** How a list of jobs is given to muster: each by `submit` and all awaited, or all by `map`. */
export type Way = "submit" | "map";

type Clusters = Readonly<Record<TaskName, JobCluster<[number], number>>>;

/**
 * muster itself.
 *
 * @param way How lists are run.
 * @param isolation The runtime's default if undefined.
 */
export function muster(way: Way, isolation?: Isolation): Peer {
  return {
    name: `muster ${way}${isolation === undefined ? "" : ` (${isolation})`}`,
    async open(workers) {
      const clusters = await openClusters(workers, isolation);
      return {
        run: (task, value) => clusters[task].submit(value),
        ...(way === "map" && {
          runAll: (task: TaskName, values: readonly number[]) =>
            Array.fromAsync(clusters[task].map(values)),
        }),
        async close() {
          await Promise.all(Object.values(clusters).map((cluster) => cluster.close()));
        },
      };
    },
  };
}

/** A cluster runs one function, so each task has its own. */
async function openClusters(local: number, isolation: Isolation | undefined): Promise<Clusters> {
  const options = {
    module: new URL("../tasks.ts", import.meta.url).href,
    local,
    ...(isolation !== undefined && { isolation }),
  };
  const [noop, spin] = await Promise.all([
    JobCluster.create(tasks.noop, options),
    JobCluster.create(tasks.spin, options),
  ]);
  return { noop, spin };
}
