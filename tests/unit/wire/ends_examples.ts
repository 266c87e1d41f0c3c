import type { JobId } from "../../../lib/proto/ids.ts";
import type { LeaseRef } from "../../../lib/proto/jobs.ts";
import type { EndsRecord } from "../../../lib/wire/ends_record.ts";

function lease(digit: string): LeaseRef {
  return { job: digit.repeat(32) as JobId, lease: 3, epoch: 2 };
}

/** One of each kind that there is. */
export const endsRecords: readonly EndsRecord[] = [
  {
    type: "ends",
    ends: [
      { ...lease("1"), outcome: { kind: "finished", detail: "49" }, runMs: 1.5 },
      { ...lease("2"), outcome: { kind: "threw", detail: Uint8Array.of(1, 2) }, runMs: 0 },
      { ...lease("3"), outcome: { kind: "expired" }, runMs: 9 },
    ],
  },
  { type: "ends", ends: [] },
  { type: "gone", leases: [lease("1"), lease("f")] },
];
