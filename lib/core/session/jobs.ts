import type { JobId } from "../../proto/ids.ts";
import type { NumberRanges } from "../../proto/jobs.ts";
import type { JobResult, SubmitRefusal, SubmittedJob } from "../../proto/scheduler_messages.ts";
import { assertNever } from "../../proto/states.ts";
import { Deque } from "../shared/deque.ts";
import { NumberSet } from "../shared/number_set.ts";
import type { SessionEvent } from "./events.ts";
import type { SessionJob, SessionState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** The program submits a job; the same one again changes nothing. */
export function addJob(
  state: SessionState,
  { job: id, hash, bytes, policy }: Extract<SessionEvent, { type: "submit" }>,
): void {
  if (state.jobs.has(id)) return;
  const job: SessionJob = {
    job: id,
    hash,
    bytes,
    policy,
    number: undefined,
    everSent: false,
    phase: "fresh",
    gaveUp: undefined,
  };
  state.jobs.set(id, job);
  state.fresh.pushBack(job);
}

/** The program wants a job no more. */
export function giveUp(turn: Turn, id: JobId, how: "cancel" | "withdraw"): void {
  const job = turn.state.jobs.get(id);
  // A cancel outranks a withdrawal, which may let an attempt go on.
  if (job === undefined || job.gaveUp === "cancel") return;
  job.gaveUp = how;
  if (!job.everSent) return fail(turn, job, "cancelled");
  if (job.phase === "sent" || job.phase === "accepted") turn.giveUp(id, how);
}

/** Sends jobs as long as not too many are unanswered. */
export function sendJobs(turn: Turn): void {
  const { state } = turn;
  const { cluster, submitWindow } = state;
  const jobs: SubmittedJob[] = [];
  while (state.sent < submitWindow) {
    const job = state.fresh.shift();
    if (job === undefined) break;
    if (job.phase === "fresh") jobs.push(submit(turn, job));
  }
  if (jobs.length > 0 && cluster !== undefined) turn.send({ type: "submit", cluster, jobs });
}

function submit(turn: Turn, record: SessionJob): SubmittedJob {
  const { state } = turn;
  const number = record.number ?? state.nextNumber;
  state.nextNumber = Math.max(state.nextNumber, number + 1);
  record.number = number;
  record.everSent = true;
  record.phase = "sent";
  state.sent += 1;
  const { job, hash, bytes, policy, gaveUp } = record;
  // It follows the submit.
  if (gaveUp !== undefined) turn.giveUp(job, gaveUp);
  return { job, number, hash, bytes, policy };
}

/** The scheduler knows the cluster: says again what it may not have heard. */
export function onAttachedJobs(turn: Turn, known: NumberRanges, forgotten: NumberRanges): void {
  const { state } = turn;
  const accepted = new NumberSet(known);
  const gone = new NumberSet(forgotten);
  state.nextNumber = Math.max(state.nextNumber, accepted.last + 1);
  state.fresh = new Deque();
  state.blocked = [];
  state.retryAtMs = undefined;
  for (const job of state.jobs.values()) {
    const { number, phase, gaveUp } = job;
    if (number !== undefined && gone.has(number)) fail(turn, job, "expired");
    else if (phase === "accepted" && number !== undefined && accepted.has(number)) {
      if (gaveUp !== undefined) turn.giveUp(job.job, gaveUp);
    } else {
      leavePhase(state, job);
      job.phase = "fresh";
      state.fresh.pushBack(job);
    }
  }
}

/** These jobs will not be lost. */
export function onAccepted(turn: Turn, ids: readonly JobId[]): void {
  const { state } = turn;
  const jobs: JobId[] = [];
  for (const id of ids) {
    const job = state.jobs.get(id);
    if (job?.phase !== "sent") continue;
    leavePhase(state, job);
    job.phase = "accepted";
    state.accepted += 1;
    jobs.push(id);
  }
  if (jobs.length > 0) turn.effects.push({ type: "accepted", jobs });
}

/** These jobs were not taken in. */
export function onRefused(
  turn: Turn,
  refusals: readonly { readonly job: JobId; readonly why: SubmitRefusal }[],
): void {
  const { state, nowMs } = turn;
  for (const { job: id, why } of refusals) {
    const job = state.jobs.get(id);
    if (job?.phase !== "sent") continue;
    switch (why) {
      case "different":
        fail(turn, job, "different");
        break;
      case "quota":
        leavePhase(state, job);
        job.phase = "blocked";
        state.blocked.push(job);
        state.retryAtMs ??= nowMs + state.quotaRetryMs;
        break;
      default:
        assertNever(why);
    }
  }
}

/** Tries again with what was refused for want of room. */
export function unblock(state: SessionState): void {
  state.retryAtMs = undefined;
  for (const job of state.blocked.splice(0)) {
    if (job.phase !== "blocked") continue;
    job.phase = "fresh";
    state.fresh.pushBack(job);
  }
}

/** Results come, perhaps again: each is delivered once and acknowledged each time. */
export function onResults(turn: Turn, results: readonly JobResult[]): void {
  const { state } = turn;
  for (const result of results) {
    turn.ack(result.job);
    if (state.delivered.has(result.number)) continue;
    state.delivered.add(result.number);
    const job = state.jobs.get(result.job);
    if (job !== undefined) remove(state, job);
    turn.deliver(result);
  }
  // What has ended makes room.
  if (state.blocked.length > 0) unblock(state);
}

function fail(turn: Turn, job: SessionJob, why: "different" | "expired" | "cancelled"): void {
  remove(turn.state, job);
  turn.effects.push({ type: "failed", job: job.job, why });
}

function remove(state: SessionState, job: SessionJob): void {
  leavePhase(state, job);
  job.phase = "ended";
  state.jobs.delete(job.job);
}

function leavePhase(state: SessionState, { phase }: SessionJob): void {
  if (phase === "sent") state.sent -= 1;
  if (phase === "accepted") state.accepted -= 1;
}
