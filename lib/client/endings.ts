import { attemptOf, type JobEnd } from "../dispatch/job_end.ts";
import type { NodeId } from "../proto/ids.ts";
import { assertNever, type FailureReason, type JobStatus } from "../proto/states.ts";
import { freeParcel } from "../wire/parcel.ts";
import { unpackValue } from "../wire/value.ts";

/** Why a job has no result. */
export type JobFailure = {
  readonly reason: FailureReason;
  /** What was thrown, where something was. */
  readonly cause: unknown;
  /**
   * Of `crashed`, how what it ran in ended, as in "The job ended what it ran in, …"; of `abandoned`, a sentence. Undefined
   * if there is nothing to say.
   */
  readonly how?: string;
  /** The limit that it exceeded, if that is the reason. */
  readonly memoryLimitBytes?: number;
};

/** Whether it is a slot of this program. */
export function isLocal(node: NodeId): boolean {
  return node.startsWith("local:");
}

/** The name that users know a node by: that of its host, and "local" for all slots of this program. */
export function nodeName(node: NodeId): string {
  return isLocal(node) ? "local" : node.replace(/~[^~]*$/, "");
}

/** The status that an end gives a job. */
export function statusOf(end: JobEnd): Exclude<JobStatus, "created" | "running"> {
  const { status } = end.ending;
  return status === "refused" ? "terminated" : status;
}

/** The result of a finished job; undefined for others. It is there once: what it was packed in may be gone then. */
export function resultOf(end: JobEnd): unknown {
  const ending = attemptOf(end)?.ending;
  if (ending?.kind !== "finished") return undefined;
  const { packed } = ending;
  if (packed === undefined) return ending.value;
  const value = unpackValue(packed);
  freeParcel(packed);
  return value;
}

/** Why a job has no result; undefined if it has. */
export function failureOf(end: JobEnd): JobFailure | undefined {
  const { ending } = end;
  switch (ending.status) {
    case "finished":
      return undefined;
    case "cancelled":
      return { reason: "cancelled", cause: undefined };
    case "abandoned": {
      const how = "why" in ending ? { how: ending.why } : {};
      return { reason: "abandoned", cause: undefined, ...how };
    }
    case "refused":
      return { reason: "crashed", cause: ending.error };
    case "terminated": {
      const how = attemptOf(end)?.ending;
      if (how?.kind === "threw") return { reason: "threw", cause: unpackValue(how.packed) };
      if (how?.kind === "crashed") {
        const { memoryLimitBytes } = how;
        if (memoryLimitBytes !== undefined) {
          return { reason: "memory", cause: undefined, memoryLimitBytes };
        }
        const cause = how.packed === undefined ? undefined : unpackValue(how.packed);
        return { reason: "crashed", cause, how: how.how };
      }
      return { reason: ending.reason, cause: undefined };
    }
    default:
      return assertNever(ending);
  }
}
