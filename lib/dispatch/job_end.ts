import type { LocalEffect } from "../core/scheduler/effects.ts";
import type { Outcome } from "../proto/jobs.ts";
import type { TaskEnding, TaskReport } from "../slots/types.ts";

/** What a slot said of an ended attempt; it passes through the scheduler unread. */
export type AttemptEnd = { readonly ending: TaskEnding; readonly report: TaskReport };

type Settle = Extract<LocalEffect, { type: "settle" }>;

/** How a job ended, for whoever submitted it. */
export type JobEnd =
  | Pick<Settle, "ending" | "node" | "attempt" | "runMs"> & {
    /** Of an attempt that was stopped, which the scheduler knows as nothing more than that. */
    readonly stopped?: TaskReport;
  }
  /** Nothing more is heard of it: no slot can run the code, or whoever submitted it has left it, or lost it. */
  | { readonly ending: Refusal; readonly node: undefined; readonly attempt: 0; readonly runMs: 0 };

/** Why no job runs any more, or nobody hears of it. */
export type Refusal =
  | { readonly status: "refused"; readonly error: unknown }
  | { readonly status: "cancelled" }
  /** A shared scheduler has it, or had it; `why` is a sentence for its owner. */
  | { readonly status: "abandoned"; readonly why: string };

/** The end of a job that has none of its own. */
export function refusedEnd(ending: Refusal): JobEnd {
  return { ending, node: undefined, attempt: 0, runMs: 0 };
}

/** What the scheduler is told of an ended attempt. */
export function outcomeOf(ending: TaskEnding, report: TaskReport): Outcome {
  if (ending.kind === "stopped") return ending;
  const detail: AttemptEnd = { ending, report };
  return { kind: ending.kind, detail };
}

/** What the slot said of the last attempt; undefined if there was none, or it was stopped. */
export function attemptOf(end: JobEnd): AttemptEnd | undefined {
  return "detail" in end.ending ? end.ending.detail as AttemptEnd | undefined : undefined;
}

/** What the last attempt printed; undefined if nothing is known of it. */
export function reportOf(end: JobEnd): TaskReport | undefined {
  return attemptOf(end)?.report ?? ("stopped" in end ? end.stopped : undefined);
}
