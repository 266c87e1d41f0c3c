import type { SharedEffect } from "../../../lib/core/scheduler/effects.ts";
import { leaseKey } from "../../../lib/core/shared/lease_key.ts";
import type { Ending } from "../../../lib/proto/jobs.ts";
import type { JournalRecord } from "../../../lib/proto/journal_records.ts";
import type { SchedulerToClient, SchedulerToNode } from "../../../lib/proto/scheduler_messages.ts";
import { assertNever } from "../../../lib/proto/states.ts";

/** An effect as a scenario file shows it; `j1#2@3` is the second lease of job j1, given in epoch 3. */
export function describeSharedEffect(effect: SharedEffect): string[] {
  switch (effect.type) {
    case "persist":
      return effect.records.map((record) => `write ${describeRecord(record)}`);
    case "toNode":
      return [`${waits(effect.afterCommit)}to ${effect.node}: ${describeToNode(effect.message)}`];
    case "toClient":
      return [
        `${waits(effect.afterCommit)}to client ${effect.link}: ${describeToClient(effect.message)}`,
      ];
    case "deliver":
      return [`${waits(true)}to client ${effect.link}: results of ${effect.jobs.join(", ")}`];
    case "cut":
      return [`cut link ${effect.link}`];
    default:
      return assertNever(effect);
  }
}

function waits(afterCommit: boolean): string {
  return afterCommit ? "then " : "";
}

function describeRecord(record: JournalRecord): string {
  switch (record.type) {
    case "epoch":
      return `epoch ${record.epoch}`;
    case "opened":
    case "closed":
      return `${record.type} ${record.cluster}`;
    case "accepted":
      return `accepted ${record.job}`;
    case "lease":
      return `lease ${leaseKey(record)} on ${record.node}`;
    case "waiting":
      return `waiting ${record.job}, failures=${record.failures} losses=${record.losses}`;
    case "settled":
      return `settled ${record.job} ${describeEnding(record.ending)}`;
    case "forgotten":
      return `forgotten ${record.job}`;
    default:
      return assertNever(record);
  }
}

function describeEnding(ending: Ending): string {
  return ending.status === "terminated" ? `terminated (${ending.reason})` : ending.status;
}

function describeToNode(message: SchedulerToNode): string {
  if (message.type === "welcome") return `welcome to epoch ${message.epoch}`;
  return `${message.type} ${message.leases.map(leaseKey).join(", ") || "nothing"}`;
}

function describeToClient(message: SchedulerToClient): string {
  switch (message.type) {
    case "attached":
      return `attached to ${message.cluster}, known=[${message.known}] forgotten=[${message.forgotten}]`;
    case "unattached":
      return `unattached: ${message.name} is ${message.why}`;
    case "detached":
    case "closed":
      return `${message.type} ${message.cluster}`;
    case "accepted":
      return `accepted ${message.jobs.join(", ")}`;
    case "refused":
      return `refused ${message.jobs.map(({ job, why }) => `${job} (${why})`).join(", ")}`;
    case "running":
      return `${message.job} runs on ${message.node} since ${message.runningMs}, attempt=${message.attempt}`;
    case "results":
      return `results of ${message.results.map(({ job }) => job).join(", ")}`;
    default:
      return assertNever(message);
  }
}
