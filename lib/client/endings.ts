import type { Ending, SchedulerEffect } from "../core/scheduler/effects.ts";
import type { Outcome } from "../core/scheduler/events.ts";
import type { NodeId } from "../proto/ids.ts";
import { assertNever } from "../proto/states.ts";
import type { TaskEnding, TaskReport } from "../slots/types.ts";
import type { Settlement } from "./job.ts";

/** What a node said of an ended attempt, as it passes through the scheduler. */
type Detail = { readonly ending: TaskEnding; readonly report: TaskReport };

/** Why a job has no result. */
export type Failure = NonNullable<Settlement["failure"]>;

const nothingPrinted = { stdout: "", stderr: "" } as const;

/** Slots are numbered; users know all of this machine's by one name. */
export function nodeName(node: NodeId): string {
  return node.startsWith("local:") ? "local" : node;
}

/** What the scheduler is told of an ended attempt. */
export function outcomeOf(ending: TaskEnding, report: TaskReport): Outcome {
  if (ending.kind === "stopped") return ending;
  const detail: Detail = { ending, report };
  return { kind: ending.kind, detail };
}

/** The end of a job that no slot ever had. */
export function neverRan(failure: Failure): Settlement {
  const status = failure.reason === "cancelled" ? "cancelled" : "terminated";
  return { status, failure, node: undefined, attempt: 0, runMs: 0, ...nothingPrinted };
}

/** What a job's handle is told of its end. */
export function settlementOf(effect: Extract<SchedulerEffect, { type: "settle" }>): Settlement {
  const { ending, attempt, runMs } = effect;
  const detail = "detail" in ending ? ending.detail as Detail | undefined : undefined;
  const { stdout, stderr } = detail?.report ?? nothingPrinted;
  const node = effect.node === undefined ? undefined : nodeName(effect.node);
  const common = { status: ending.status, node, attempt, runMs, stdout, stderr };
  if (detail?.ending.kind === "finished") return { ...common, value: detail.ending.value };
  return { ...common, failure: failureOf(ending, detail) };
}

function failureOf(ending: Ending, detail: Detail | undefined): Failure {
  switch (ending.status) {
    case "finished":
      throw new Error("Cannot settle a finished job without its result");
    case "cancelled":
    case "abandoned":
      return { reason: ending.status, cause: undefined };
    case "terminated": {
      const how = detail?.ending;
      if (how?.kind === "threw") return { reason: "threw", cause: how.error };
      if (how?.kind === "crashed") return { reason: "crashed", cause: new Error(how.how) };
      return { reason: ending.reason, cause: undefined };
    }
    default:
      return assertNever(ending);
  }
}
