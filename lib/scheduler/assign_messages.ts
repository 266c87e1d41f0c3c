import { leaseKey } from "../core/shared/lease_key.ts";
import { type Frame, longFrameBytes } from "../net/outflow.ts";
import type { Packed } from "../proto/executor.ts";
import type { AssignedLease, SchedulerToNode } from "../proto/scheduler_messages.ts";
import { encodeToNode } from "../wire/scheduler_node_codec.ts";
import type { Payloads } from "./payloads.ts";

/** About how much one message of leases holds. */
const maxBytes = 256 * 1024;

/** Messages with leases and the arguments of their jobs; without those whose jobs have ended meanwhile. */
export function* assignMessages(
  { leases }: Extract<SchedulerToNode, { type: "assign" }>,
  payloads: Payloads,
): Generator<Frame> {
  let part: AssignedLease[] = [];
  let args: Packed[] = [];
  let bytes = 0;
  for (const lease of leases) {
    const packed = payloads.argsOf(lease.job);
    if (packed === undefined) continue;
    if (packed.length >= longFrameBytes) {
      yield { about: leaseKey(lease), encode: () => longAssign(lease, payloads) };
      continue;
    }
    part.push(lease);
    args.push(packed);
    bytes += packed.length;
    if (bytes < maxBytes) continue;
    yield encodeToNode({ type: "assign", leases: part, args });
    part = [];
    args = [];
    bytes = 0;
  }
  if (part.length > 0) yield encodeToNode({ type: "assign", leases: part, args });
}

function longAssign(lease: AssignedLease, payloads: Payloads): Uint8Array | undefined {
  const packed = payloads.argsOf(lease.job);
  if (packed === undefined) return undefined;
  return encodeToNode({ type: "assign", leases: [lease], args: [packed] });
}
