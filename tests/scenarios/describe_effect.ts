import type { Lease, LocalEffect } from "../../lib/core/scheduler/effects.ts";
import type { Ending } from "../../lib/proto/jobs.ts";
import { assertNever } from "../../lib/proto/states.ts";

/** An effect as a scenario file shows it: `j1#2` is the second lease of job j1. */
export function describeEffect(effect: LocalEffect): string {
  switch (effect.type) {
    case "assign":
      return `assign ${effect.node}: ${effect.leases.map(describeLease).join(", ")}`;
    case "retract":
    case "stop":
      return `${effect.type} ${effect.node}: ${effect.job}#${effect.lease}`;
    case "retry":
      return `retry ${effect.job} in ${effect.delayMs}, failures=${effect.failures}`;
    case "running": {
      const { job, node, attempt, startedAtMs } = effect;
      return `running ${job} on ${node} since ${startedAtMs}, attempt=${attempt}`;
    }
    case "settle": {
      const { job, ending, node, attempt, runMs } = effect;
      const place = node === undefined ? "" : ` on ${node}`;
      return `settle ${job} ${describeEnding(ending)}${place}, attempt=${attempt} run=${runMs}`;
    }
    default:
      return assertNever(effect);
  }
}

function describeLease({ job, lease, attempt }: Lease): string {
  return attempt === lease ? `${job}#${lease}` : `${job}#${lease} (attempt ${attempt})`;
}

function describeEnding(ending: Ending): string {
  switch (ending.status) {
    case "finished":
    case "cancelled":
    case "abandoned":
      return ending.status;
    case "terminated":
      return `terminated (${ending.reason})`;
    default:
      return assertNever(ending);
  }
}
