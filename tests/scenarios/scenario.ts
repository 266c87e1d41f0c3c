import type { LocalEffect } from "../../lib/core/scheduler/effects.ts";
import type { LocalEvent } from "../../lib/core/scheduler/events.ts";
import { checkInvariants } from "../../lib/core/scheduler/invariants.ts";
import { nextWakeMs, step } from "../../lib/core/scheduler/machine.ts";
import { createSchedulerState, type SchedulerState } from "../../lib/core/scheduler/state.ts";
import type { JobId, NodeId } from "../../lib/proto/ids.ts";
import type { JobPolicy, Outcome } from "../../lib/proto/jobs.ts";
import { Command } from "./command.ts";
import { describeEffect } from "./describe_effect.ts";

const indent = "  ";

/**
 * Runs a scenario and writes what the scheduler answers below each command.
 *
 * @param text A scenario: comments, commands, and indented answers, which are replaced.
 * @returns The same scenario with the answers of the scheduler as it is.
 */
export function replay(text: string): string {
  const scenario = new Scenario();
  const lines: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith(indent)) continue;
    lines.push(line);
    if (line === "" || line.startsWith("#")) continue;
    lines.push(...scenario.run(new Command(line)).map((answer) => indent + answer));
  }
  return lines.join("\n");
}

class Scenario {
  #state = withoutJitter(createSchedulerState({ seed: 1 }));
  #nowMs = 0;
  #events: LocalEvent[] = [];

  run(command: Command): string[] {
    const answer = this.#run(command);
    command.end();
    return answer;
  }

  #run(command: Command): string[] {
    switch (command.verb) {
      case "prefetch":
        return this.#prefetch(command);
      case "step":
        return this.#step(Number(command.name("time", String(this.#nowMs))));
      case "advance":
        return this.#advance(this.#nowMs + Number(command.name("duration")));
      case "wake":
        return [`at ${nextWakeMs(this.#state) ?? "an event only"}`];
      default:
        this.#events.push(...this.#eventsOf(command));
        return [];
    }
  }

  #prefetch(command: Command): string[] {
    const prefetch = {
      targetMs: command.number("target", 8),
      maxPerSlot: command.number("per-slot", 512),
      stallMs: command.number("stall", 10),
    };
    this.#state = withoutJitter(createSchedulerState({ seed: 1, prefetch }));
    return [];
  }

  #step(nowMs: number): string[] {
    const answer = this.#take(nowMs).map(describeEffect);
    return answer.length > 0 ? answer : ["nothing"];
  }

  /** Lets time pass as a shell would: with a step whenever the scheduler asked to be woken. */
  #advance(untilMs: number): string[] {
    const answer: string[] = [];
    for (;;) {
      const wakeMs = Math.min(nextWakeMs(this.#state) ?? Infinity, untilMs);
      for (const effect of this.#take(wakeMs)) {
        answer.push(`at ${wakeMs}: ${describeEffect(effect)}`);
      }
      if (wakeMs === untilMs) return answer.length > 0 ? answer : ["nothing"];
    }
  }

  #take(nowMs: number): LocalEffect[] {
    this.#nowMs = nowMs;
    const effects = step(this.#state, this.#events.splice(0), nowMs);
    checkInvariants(this.#state);
    return effects;
  }

  #eventsOf(command: Command): LocalEvent[] {
    const type = command.verb;
    switch (type) {
      case "submit": {
        const policy = policyOf(command);
        return command.names().map((name) => ({ type, job: name as JobId, policy }));
      }
      case "cancel":
        return command.names().map((name) => ({ type, job: name as JobId }));
      case "node": {
        const node = command.name("node") as NodeId;
        return [{ type: "nodeUp", node, slots: command.number("slots", 1) }];
      }
      case "lost":
        return [{ type: "nodeDown", node: command.name("node") as NodeId }];
      case "started": {
        const startedAtMs = command.number("at", this.#nowMs);
        return [{ type, ...this.#leaseOf(command), startedAtMs }];
      }
      case "returned":
        return [{ type, ...this.#leaseOf(command) }];
      case "done": {
        const lease = this.#leaseOf(command);
        const outcome = outcomeOf(command.name("outcome", "finished"));
        return [{ type, ...lease, outcome, runMs: command.number("run", 1) }];
      }
      default:
        throw new Error(`Cannot run a scenario: unknown command "${type}"`);
    }
  }

  /** `j1` means the lease the job has now, `j1#1` its first one. */
  #leaseOf(command: Command): { node: NodeId; job: JobId; lease: number } {
    const node = command.name("node") as NodeId;
    const [name = "", number] = command.name("job").split("#");
    const job = name as JobId;
    const lease = number === undefined ? this.#state.jobs.get(job)?.lease : Number(number);
    if (lease === undefined) throw new Error(`Cannot speak of the lease of ${job}: it has ended`);
    return { node, job, lease };
  }
}

/** Every backoff is exactly half of its bound, the least that jitter gives. */
function withoutJitter(state: SchedulerState): SchedulerState {
  return { ...state, random: () => 0 };
}

function policyOf(command: Command): JobPolicy {
  const timeout = command.option("timeout", "none");
  return {
    retries: command.number("retries", 0),
    backoff: { firstMs: command.number("backoff", 100), maxMs: 10_000 },
    timeoutMs: timeout === "none" ? undefined : Number(timeout),
    reentrant: command.option("reentrant", "yes") === "yes",
    maxLosses: command.number("max-losses", 5),
  };
}

function outcomeOf(kind: string): Outcome {
  switch (kind) {
    case "finished":
    case "threw":
    case "crashed":
      return { kind, detail: undefined };
    case "stopped":
      return { kind };
    default:
      throw new Error(`Cannot run a scenario: unknown outcome "${kind}"`);
  }
}
