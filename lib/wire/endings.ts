/** How attempts and jobs ended, as a number and a packed detail. */
import type { Packed } from "../proto/executor.ts";
import type { Ending, Outcome } from "../proto/jobs.ts";
import type { FailureReason } from "../proto/states.ts";

const outcomeKinds = ["finished", "threw", "crashed", "stopped", "expired"] as const;

/** Each with its place, so that none can be left out. */
const reasonPlaces: Readonly<Record<FailureReason, number>> = {
  threw: 0,
  crashed: 1,
  timeout: 2,
  cancelled: 3,
  abandoned: 4,
  memory: 5,
};
const reasons = Object.keys(reasonPlaces) as FailureReason[];

/** Endings by their number; those of `terminated` jobs by their reason. */
const endingKinds = ["finished", "cancelled", "abandoned", ...reasons] as const;
/** From here on the endings are `terminated`. */
const firstReason = 3;

/** Numbers that {@link outcomeOf} takes are below this. */
export const outcomeCount = outcomeKinds.length;
/** Numbers that {@link endingOf} takes are below this. */
export const endingCount = endingKinds.length;

/** The number of an outcome. */
export function outcomeNumber({ kind }: Outcome): number {
  return outcomeKinds.indexOf(kind);
}

/** The outcome of a number. */
export function outcomeOf(number: number, detail: Packed | undefined): Outcome {
  const kind = outcomeKinds[number] ?? "expired";
  return kind === "stopped" || kind === "expired" ? { kind } : { kind, detail };
}

/** The number of an ending. */
export function endingNumber(ending: Ending): number {
  if (ending.status !== "terminated") return endingKinds.indexOf(ending.status);
  return firstReason + reasonPlaces[ending.reason];
}

/** The ending of a number. */
export function endingOf(number: number, detail: Packed | undefined): Ending {
  const reason = reasons[number - firstReason];
  if (reason !== undefined) return { status: "terminated", reason, detail };
  if (number === 0) return { status: "finished", detail };
  return { status: number === 1 ? "cancelled" : "abandoned" };
}

/**
 * The detail of an outcome or ending, which shells keep packed.
 *
 * @throws {TypeError} When it is not packed.
 */
export function detailOf(end: Outcome | Ending): Packed | undefined {
  const detail = "detail" in end ? end.detail : undefined;
  if (detail === undefined || typeof detail === "string") return detail;
  if (detail instanceof Uint8Array) return detail as Packed;
  throw new TypeError("Cannot encode how an attempt ended: its detail is not packed");
}
