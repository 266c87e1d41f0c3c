import { leaseKey } from "../shared/lease_key.ts";
import type { ExecutorState } from "./state.ts";

/**
 * Checks that the state contradicts itself nowhere. Tests and the simulation call it after every step.
 *
 * @throws {Error} Naming the broken rule.
 */
export function checkInvariants(state: ExecutorState): void {
  const { held, outbox, link, greeted, cutSinceMs, scheduler, drained, draining } = state;
  for (const [key, record] of held) {
    if (leaseKey(record.lease) !== key) fail(`holds ${key} under another name`);
    if (outbox.has(record.lease)) fail(`holds ${key} and has its end`);
    if (record.void && record.phase.kind !== "stopping") fail(`goes on with ${key}, which is void`);
  }
  if (greeted && link === undefined) fail("is greeted without a link");
  if (greeted && scheduler === undefined) fail("is greeted by nobody");
  if (held.size > 0 && !greeted && cutSinceMs === undefined) {
    fail("does not see that it is cut off");
  }
  if (drained && (!draining || held.size > 0)) fail("is drained and has work");
}

function fail(rule: string): never {
  throw new Error(`Invariant broken: the node ${rule}`);
}
