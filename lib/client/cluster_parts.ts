import type { Computation } from "../code/computation.ts";
import { Dispatcher } from "../dispatch/dispatcher.ts";
import { detectPlatform } from "../platform/mod.ts";
import type { Code } from "../proto/executor.ts";
import type { Platform } from "../platform/types.ts";
import { LocalPool } from "../slots/local_pool.ts";
import { nodeName } from "./endings.ts";
import { type Job, settleJob, startJob } from "./job.ts";
import { loadFailure } from "./load_failure.ts";
import { type ClusterOptions, type ResolvedOptions, resolveOptions } from "./options.ts";

/** What a cluster is put together from. */
export type ClusterParts = {
  readonly options: ResolvedOptions;
  readonly platform: Platform;
  readonly computation: Computation;
  readonly dispatcher: Dispatcher<Job<unknown>>;
  readonly pool: LocalPool;
};

/**
 * Makes the computation and starts slots for it, at the same time.
 *
 * @returns When a slot is ready.
 * @throws What making the computation throws.
 * @throws {CodeError} When the code throws while it is loaded.
 */
export async function assembleCluster(
  compute: () => Promise<Computation>,
  clusterOptions: ClusterOptions,
): Promise<ClusterParts> {
  const platform = detectPlatform();
  const options = resolveOptions(clusterOptions, platform);
  const computing = compute();
  // Whether it fails is seen below; until then the slots only wait for it.
  const code = computing.then(
    ({ format, text, filename }): Code => ({ format, text, filename }),
    () => new Promise<never>(() => {}),
  );
  const dispatcher = new Dispatcher<Job<unknown>>({
    started: (job, node, attempt, atMs) => startJob(job, nodeName(node), attempt, atMs),
    ended: settleJob,
  });
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  // A slot may fail while the computation is still being made, and nobody waits for one yet.
  ready.catch(() => {});
  const pool: LocalPool = new LocalPool({ ...options, platform, code }, (node, events) => {
    for (const event of events) {
      if (event.type === "ready") resolve();
      if (event.type === "failed") reject(event.error);
    }
    dispatcher.receive(pool, node, events);
  });
  try {
    const computation = await computing;
    await ready.catch((error: unknown) => {
      throw loadFailure(error, computation);
    });
    return { options, platform, computation, dispatcher, pool };
  } catch (error) {
    await pool.close();
    dispatcher.endAll({ status: "refused", error });
    throw error;
  }
}
