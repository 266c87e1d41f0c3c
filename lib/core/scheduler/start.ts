import type { SchedulerId } from "../../proto/ids.ts";
import { enqueue } from "./queue.ts";
import { awaitNode } from "./remote.ts";
import { keep } from "./results.ts";
import type { Turn } from "./turn.ts";

/**
 * A shared scheduler begins, perhaps where an earlier one ended: its epoch rises, nodes with leases on record have some
 * time to announce them, and all other jobs are queued.
 */
export function onStart(turn: Turn, fresh: SchedulerId): void {
  const { state, nowMs } = turn;
  state.scheduler ??= fresh;
  state.epoch += 1;
  turn.persist({ type: "epoch", scheduler: state.scheduler, epoch: state.epoch });
  for (const job of state.jobs.values()) {
    const { shared, cluster } = job;
    if (shared === undefined || cluster.shared === undefined) continue;
    if (job.phase.kind === "queued") enqueue(state, job);
    else if (job.phase.kind === "settled") keep(turn, job, shared);
  }
  for (const node of state.nodes.values()) {
    if (node.remote === undefined) continue;
    awaitNode(state, node, node.remote, nowMs + state.options.graceMs);
  }
}
