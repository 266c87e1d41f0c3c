import type { Packed } from "../proto/executor.ts";
import { assertNever } from "../proto/states.ts";
import type { TaskEnding, TaskReport } from "../slots/types.ts";
import { packDetail } from "../wire/attempt_detail.ts";
import { openParcel } from "../wire/parcel.ts";

/** What an attempt gave and printed, packed for other programs; undefined if it was stopped. */
export function packAttempt(
  ending: TaskEnding,
  { stdout, stderr }: TaskReport,
): Packed | undefined {
  const detail = (value: Packed | undefined, how?: string): Packed =>
    packDetail({ value, how, stdout, stderr });
  switch (ending.kind) {
    case "finished":
      return detail(openParcel(ending.packed ?? JSON.stringify(ending.value)));
    case "threw":
      return detail(openParcel(ending.packed));
    case "crashed":
      return detail(ending.packed, ending.how);
    case "stopped":
      return undefined;
    default:
      return assertNever(ending);
  }
}
