import type { SharedEffect } from "../../../lib/core/scheduler/effects.ts";
import type { SchedulerEvent } from "../../../lib/core/scheduler/events.ts";
import { checkInvariants } from "../../../lib/core/scheduler/invariants.ts";
import { step } from "../../../lib/core/scheduler/machine.ts";
import { restore } from "../../../lib/core/scheduler/restore.ts";
import { defaultShared, type SchedulerState } from "../../../lib/core/scheduler/state.ts";
import type {
  ClusterId,
  ComputationId,
  InstanceId,
  JobId,
  NodeId,
  OwnerId,
  SchedulerId,
} from "../../../lib/proto/ids.ts";
import type { LeaseRef, Outcome } from "../../../lib/proto/jobs.ts";
import type { JournalRecord } from "../../../lib/proto/journal_records.ts";
import type { ClientToScheduler, NodeToScheduler } from "../../../lib/proto/scheduler_messages.ts";
import { Command } from "../command.ts";
import { describeSharedEffect } from "./describe_shared_effect.ts";

const indent = "  ";
const options = { ...defaultShared, lostMs: 1000, graceMs: 2000, resultWindow: 3 };

/**
 * Runs a scenario of the shared scheduler and writes below each command what it does.
 *
 * @param text A scenario: comments, commands, and indented answers, which are replaced.
 * @returns The same scenario with the answers of the scheduler as it is.
 */
export function replayShared(text: string): string {
  const scenario = new SharedScenario();
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith(indent)) continue;
    lines.push(line);
    if (line === "" || line.startsWith("#")) continue;
    const command = new Command(line);
    const answers = scenario.run(command);
    command.end();
    lines.push(...answers.map((answer) => indent + answer));
  }
  return lines.join("\n");
}

class SharedScenario {
  #state: SchedulerState = restore({ seed: 1, shared: options }, []);
  #records: JournalRecord[] = [];
  #nowMs = 0;
  #nextLink = 1;
  /** The link that each node and cluster used last. */
  readonly #links = new Map<string, number>();
  readonly #numbers = new Map<JobId, number>();

  run(command: Command): string[] {
    switch (command.verb) {
      case "start":
        return this.#start(command.number("lose", 0));
      case "advance":
        this.#nowMs += Number(command.name("duration"));
        return this.#step({ type: "tick" });
      case "client":
        return this.#client(command);
      case "gone":
        return this.#gone(command.name("node or cluster"));
      case "node":
        return this.#node(command);
      default:
        return this.#other(command);
    }
  }

  /** A process begins or begins again, with its journal but for so many records at its end. */
  #start(lose: number): string[] {
    this.#records = this.#records.slice(0, this.#records.length - lose);
    this.#state = restore({ seed: 1, shared: options }, this.#records);
    return this.#step({ type: "start", scheduler: "s" as SchedulerId });
  }

  #step(...events: SchedulerEvent[]): string[] {
    const effects = step(this.#state, events, this.#nowMs) as SharedEffect[];
    for (const effect of effects) {
      if (effect.type === "persist") this.#records.push(...effect.records);
    }
    checkInvariants(this.#state);
    const answer = effects.flatMap(describeSharedEffect);
    return answer.length > 0 ? answer : ["nothing"];
  }

  /** A client connects and opens a cluster, or attaches to it by its name. */
  #client(command: Command): string[] {
    const name = command.name("cluster");
    const link = this.#linkTo(name);
    const cluster = name as ClusterId;
    const computation = "code" as ComputationId;
    const message: ClientToScheduler = command.option("by", "id") === "name"
      ? { type: "attach", name }
      : {
        type: "open",
        cluster,
        name,
        computation,
        options: {
          priority: command.number("priority", 0),
          exclusive: command.option("exclusive", "no") === "yes",
          maxOpenJobs: command.number("max-jobs", Infinity),
          maxOpenBytes: Infinity,
        },
      };
    const owner = "me" as OwnerId;
    return this.#step({ type: "clientUp", link, owner }, { type: "clientSays", link, message });
  }

  #linkTo(name: string): number {
    const link = this.#nextLink;
    this.#nextLink += 1;
    this.#links.set(name, link);
    return link;
  }

  #gone(name: string): string[] {
    const link = this.#linkOf(name);
    if (this.#state.clients.has(link)) return this.#step({ type: "clientDown", link });
    return this.#step({ type: "nodeLinkDown", node: name as NodeId, link });
  }

  #linkOf(name: string): number {
    const link = this.#links.get(name);
    if (link === undefined) throw new Error(`Cannot run a scenario: ${name} has no connection`);
    return link;
  }

  /** A node connects and announces itself. */
  #node(command: Command): string[] {
    const name = command.name("node");
    const node = name as NodeId;
    const link = this.#linkTo(name);
    const list = (key: string): LeaseRef[] => {
      const text = command.option(key, "");
      return text === "" ? [] : text.split(",").map(parseLease);
    };
    const message: NodeToScheduler = {
      type: "announce",
      instance: command.option("instance", `${name}1`) as InstanceId,
      slots: command.number("slots", 1),
      draining: false,
      held: [
        ...list("running").map((lease) => ({ ...lease, runningMs: 5 })),
        ...list("waiting").map((lease) => ({ ...lease, runningMs: undefined })),
      ],
      outbox: list("outbox"),
    };
    return this.#step(
      { type: "nodeLinkUp", node, link },
      { type: "nodeSays", node, link, message },
    );
  }

  /** What clients and nodes say. */
  #other(command: Command): string[] {
    const name = command.name("node or cluster");
    const link = this.#linkOf(name);
    const { verb } = command;
    switch (verb) {
      case "submit": {
        const policy = {
          retries: command.number("retries", 0),
          backoff: { firstMs: 100, maxMs: 100 },
          timeoutMs: undefined,
          reentrant: command.option("reentrant", "yes") === "yes",
          priority: command.number("priority", 0),
          maxLosses: 5,
        };
        const hash = command.option("hash", "same");
        const jobs = command.names().map((text) => {
          const job = text as JobId;
          return { job, number: this.#numberOf(job), hash, bytes: 1, policy };
        });
        return this.#says(link, { type: verb, cluster: name as ClusterId, jobs });
      }
      case "ack":
      case "cancel":
      case "withdraw": {
        const jobs = command.names() as JobId[];
        return this.#says(link, { type: verb, cluster: name as ClusterId, jobs });
      }
      case "detach":
      case "close":
        return this.#says(link, { type: verb, cluster: name as ClusterId });
      case "done": {
        const lease = parseLease(command.name("lease"));
        const kind = command.name("outcome", "finished");
        const outcome =
          (kind === "stopped" || kind === "expired"
            ? { kind }
            : { kind, detail: undefined }) as Outcome;
        const ends = [{ ...lease, outcome, runMs: 1 }];
        return this.#nodeSays(name, link, { type: "done", ends });
      }
      case "started": {
        const leases = command.names().map((text) => ({ ...parseLease(text), runningMs: 5 }));
        return this.#nodeSays(name, link, { type: "started", leases });
      }
      case "returned":
        return this.#nodeSays(name, link, { type: verb, leases: command.names().map(parseLease) });
      case "draining":
        return this.#nodeSays(name, link, { type: verb });
      default:
        throw new Error(`Cannot run a scenario: unknown command "${verb}"`);
    }
  }

  #numberOf(job: JobId): number {
    const number = this.#numbers.get(job) ?? this.#numbers.size;
    this.#numbers.set(job, number);
    return number;
  }

  #says(link: number, message: ClientToScheduler): string[] {
    return this.#step({ type: "clientSays", link, message });
  }

  #nodeSays(name: string, link: number, message: NodeToScheduler): string[] {
    return this.#step({ type: "nodeSays", node: name as NodeId, link, message });
  }
}

/** `j1#2@3`: the second lease of job j1, given in epoch 3. */
function parseLease(text: string): LeaseRef {
  const [, job, lease, epoch] = /^(.+)#(\d+)@(\d+)$/.exec(text) ?? [];
  if (job === undefined) throw new Error(`Cannot run a scenario: "${text}" is no lease`);
  return { job: job as JobId, lease: Number(lease), epoch: Number(epoch) };
}
