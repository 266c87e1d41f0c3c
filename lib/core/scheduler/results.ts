import type { NodeId } from "../../proto/ids.ts";
import type { Ending } from "../../proto/jobs.ts";
import { Deque } from "../shared/deque.ts";
import type { JobRecord, SharedCluster, SharedJob } from "./records.ts";
import type { SchedulerState } from "./state.ts";
import type { Turn } from "./turn.ts";

const ended = { kind: "ended" } as const;
/** Forgotten jobs that `kept` may hold beyond as many as there are others. */
const keptSlack = 1024;

/** Ends a job of a shared scheduler: its result is kept until its client has it for certain. */
export function keepResult(
  turn: Turn,
  job: JobRecord,
  shared: SharedJob,
  how: { readonly ending: Ending; readonly node: NodeId | undefined; readonly runMs: number },
): void {
  const { id, attempt, cluster } = job;
  const { ending, node, runMs } = how;
  turn.persist({ type: "settled", job: id, number: shared.number, ending, node, attempt, runMs });
  shared.instance = undefined;
  keep(turn, job, shared);
  if (cluster.shared === undefined) return;
  cluster.shared.openBytes -= shared.bytes;
  cluster.shared.unsent.pushBack(job);
  sendResults(turn, cluster.shared);
}

/** Starts the time after which a settled job is forgotten at the latest. */
export function keep({ state, nowMs }: Turn, job: JobRecord, shared: SharedJob): void {
  shared.leaseOnRecord = false;
  shared.sent = false;
  job.phase = { kind: "settled", sinceMs: nowMs };
  state.kept.pushBack(job);
  state.keptCount += 1;
}

/** Sends results as long as not too many are on their way. */
export function sendResults(turn: Turn, cluster: SharedCluster): void {
  const { resultWindow } = turn.state.options;
  while (cluster.link !== undefined && cluster.inFlight < resultWindow) {
    const job = cluster.unsent.shift();
    if (job === undefined) return;
    if (job.shared === undefined || job.shared.sent || job.phase.kind !== "settled") continue;
    job.shared.sent = true;
    cluster.inFlight += 1;
    turn.deliver(job);
  }
}

/** Another client, or none, has the cluster: what it was not sent, or has not acknowledged, is still to be sent. */
export function resetResults(cluster: SharedCluster): void {
  cluster.inFlight = 0;
  cluster.unsent = new Deque();
  for (const job of cluster.jobs) {
    if (job.shared === undefined || job.phase.kind !== "settled") continue;
    job.shared.sent = false;
    cluster.unsent.pushBack(job);
  }
}

/** The result of a job is not needed any more. */
export function forget(turn: Turn, job: JobRecord): void {
  const { shared, cluster, id } = job;
  if (shared === undefined || cluster.shared === undefined || job.phase.kind !== "settled") return;
  if (shared.sent) cluster.shared.inFlight -= 1;
  const { number } = shared;
  turn.persist({ type: "forgotten", cluster: cluster.id, job: id, number });
  cluster.shared.forgotten.add(number);
  cluster.shared.jobs.remove(job);
  turn.state.jobs.delete(id);
  release(turn.state, job);
}

/** Lets go of a settled job. */
export function release(state: SchedulerState, job: JobRecord): void {
  job.phase = ended;
  state.keptCount -= 1;
  // One that nobody fetches must not hold on to all that came after it.
  if (state.kept.size <= 2 * state.keptCount + keptSlack) return;
  const kept = [...state.kept].filter(({ phase }) => phase.kind === "settled");
  state.kept = new Deque();
  for (const one of kept) state.kept.pushBack(one);
}

/** Forgets results that nobody has acknowledged for too long. */
export function expireResults(turn: Turn): void {
  const { state, nowMs } = turn;
  for (;;) {
    const job = state.kept.first;
    if (job === undefined) return;
    const { phase, cluster } = job;
    if (phase.kind === "settled" && nowMs < phase.sinceMs + state.options.resultExpiryMs) return;
    state.kept.shift();
    if (phase.kind !== "settled") continue;
    state.counts.expired += 1;
    forget(turn, job);
    if (cluster.shared !== undefined) sendResults(turn, cluster.shared);
  }
}

/** When the next result expires; undefined if none is kept. */
export function nextExpiryMs(state: SchedulerState): number | undefined {
  const first = state.kept.first?.phase;
  return first?.kind === "settled" ? first.sinceMs + state.options.resultExpiryMs : undefined;
}
