import type { LocalEffect } from "../../lib/core/scheduler/effects.ts";
import type { LocalEvent } from "../../lib/core/scheduler/events.ts";
import { assertNever } from "../../lib/proto/states.ts";
import type { TraceHash } from "./trace_hash.ts";

/** Adds an event to the fingerprint of a run. */
export function traceEvent(hash: TraceHash, event: LocalEvent): void {
  hash.text(event.type);
  switch (event.type) {
    case "submit":
    case "cancel":
    case "withdraw":
      return hash.text(event.job);
    case "nodeUp":
    case "nodeDown":
      return hash.text(event.node);
    case "started":
    case "returned":
      hash.text(event.node + event.job);
      return hash.word(event.lease);
    case "done":
      hash.text(event.node + event.job + event.outcome.kind);
      hash.word(event.lease);
      return hash.double(event.runMs);
    case "tick":
      return;
    default:
      assertNever(event);
  }
}

/** Adds an effect to the fingerprint of a run. */
export function traceEffect(hash: TraceHash, effect: LocalEffect): void {
  hash.text(effect.type);
  switch (effect.type) {
    case "assign":
      hash.text(effect.node);
      for (const { job, lease, attempt } of effect.leases) {
        hash.text(job);
        hash.word(lease);
        hash.word(attempt);
      }
      return;
    case "retract":
    case "stop":
      hash.text(effect.node + effect.job);
      return hash.word(effect.lease);
    case "retry":
      hash.text(effect.job);
      return hash.double(effect.delayMs);
    case "running":
      hash.text(effect.node + effect.job);
      return hash.double(effect.startedAtMs);
    case "settle":
      hash.text(effect.job + effect.ending.status);
      return hash.word(effect.attempt);
    default:
      assertNever(effect);
  }
}
