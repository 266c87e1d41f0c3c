import type { SchedulerEffect } from "../../../../lib/core/scheduler/effects.ts";
import type { SchedulerEvent } from "../../../../lib/core/scheduler/events.ts";
import { checkInvariants } from "../../../../lib/core/scheduler/invariants.ts";
import { step } from "../../../../lib/core/scheduler/machine.ts";
import type { ClusterRecord, SharedCluster } from "../../../../lib/core/scheduler/records.ts";
import { restore } from "../../../../lib/core/scheduler/restore.ts";
import {
  defaultShared,
  type SchedulerState,
  type SharedOptions,
} from "../../../../lib/core/scheduler/state.ts";
import type {
  ClusterId,
  ComputationId,
  InstanceId,
  JobId,
  NodeId,
  OwnerId,
  SchedulerId,
} from "../../../../lib/proto/ids.ts";
import type { JobPolicy, LeaseRef, Outcome } from "../../../../lib/proto/jobs.ts";
import type { JournalRecord } from "../../../../lib/proto/journal_records.ts";
import type {
  AssignedLease,
  ClientToScheduler,
  ClusterOptions,
  NodeToScheduler,
  SchedulerToClient,
  SchedulerToNode,
  SubmittedJob,
} from "../../../../lib/proto/scheduler_messages.ts";
import { policyOf } from "./fixture.ts";

export const clusterId = (name: string): ClusterId => name as ClusterId;
export const computation = "code" as ComputationId;

/** No bounds, no priority. */
export const plainOptions: ClusterOptions = {
  priority: 0,
  exclusive: false,
  maxOpenJobs: Infinity,
  maxOpenBytes: Infinity,
};

/** A job as a client submits it. */
export function submitted(
  name: string,
  number: number,
  policy: JobPolicy = policyOf(),
): SubmittedJob {
  return { job: name as JobId, number, hash: `hash of ${name}`, bytes: 10, policy };
}

/** The lease that a node was given. */
export function refOf({ job, lease, epoch }: LeaseRef): LeaseRef {
  return { job, lease, epoch };
}

/** A shared scheduler in a test: says what happened in few words, keeps its records, checks the invariants. */
export class SharedFixture {
  state: SchedulerState;
  readonly options: SharedOptions;
  records: JournalRecord[] = [];
  nowMs = 0;

  constructor(options: Partial<SharedOptions> = {}) {
    this.options = { ...defaultShared, lostMs: 1000, graceMs: 2000, ...options };
    this.state = restore({ seed: 1, shared: this.options }, []);
    this.step({ type: "start", scheduler: "s" as SchedulerId });
  }

  /** One step with some events. */
  step(...events: SchedulerEvent[]): SchedulerEffect[] {
    const effects = step(this.state, events, this.nowMs);
    for (const effect of effects) {
      if (effect.type === "persist") this.records.push(...effect.records);
    }
    checkInvariants(this.state);
    return effects;
  }

  /** Lets time pass, then one step without events. */
  advance(ms: number): SchedulerEffect[] {
    this.nowMs += ms;
    return this.step({ type: "tick" });
  }

  /** Another process goes on with the journal. */
  restart(records: readonly JournalRecord[] = this.records): SchedulerEffect[] {
    this.nowMs = 0;
    this.state = restore({ seed: 1, shared: this.options }, records);
    return this.step({ type: "start", scheduler: "other" as SchedulerId });
  }

  clientUp(link: number, owner = "me"): SchedulerEffect[] {
    return this.step({ type: "clientUp", link, owner: owner as OwnerId });
  }

  say(link: number, ...messages: ClientToScheduler[]): SchedulerEffect[] {
    return this.step(
      ...messages.map((message) => ({ type: "clientSays", link, message } as const)),
    );
  }

  /** A client connects and opens a cluster. */
  open(
    link: number,
    name: string,
    options: Partial<ClusterOptions> = {},
    owner = "me",
  ): SchedulerEffect[] {
    this.clientUp(link, owner);
    return this.say(link, {
      type: "open",
      cluster: clusterId(name),
      name,
      computation,
      options: { ...plainOptions, ...options },
    });
  }

  submit(link: number, cluster: string, ...jobs: SubmittedJob[]): SchedulerEffect[] {
    return this.say(link, { type: "submit", cluster: clusterId(cluster), jobs });
  }

  /** A client acknowledges results. */
  ack(link: number, cluster: string, ...jobs: string[]): SchedulerEffect[] {
    return this.say(link, { type: "ack", cluster: clusterId(cluster), jobs: jobs as JobId[] });
  }

  nodeLinkUp(node: string, link: number): SchedulerEffect[] {
    return this.step({ type: "nodeLinkUp", node: node as NodeId, link });
  }

  nodeSays(node: string, link: number, message: NodeToScheduler): SchedulerEffect[] {
    return this.step({ type: "nodeSays", node: node as NodeId, link, message });
  }

  nodeLinkDown(node: string, link: number): SchedulerEffect[] {
    return this.step({ type: "nodeLinkDown", node: node as NodeId, link });
  }

  announce(
    node: string,
    link: number,
    what: Partial<Extract<NodeToScheduler, { type: "announce" }>> = {},
  ): SchedulerEffect[] {
    const instance = `${node}1` as InstanceId;
    const empty = { slots: 1, draining: false, held: [], outbox: [] };
    return this.nodeSays(node, link, { type: "announce", instance, ...empty, ...what });
  }

  /** A node connects and announces itself. */
  nodeUp(node: string, link: number, slots = 1): SchedulerEffect[] {
    this.nodeLinkUp(node, link);
    return this.announce(node, link, { slots });
  }

  done(
    node: string,
    link: number,
    lease: LeaseRef,
    outcome: Outcome = { kind: "finished", detail: `result of ${lease.job}` },
  ): SchedulerEffect[] {
    return this.nodeSays(node, link, {
      type: "done",
      ends: [{ ...refOf(lease), outcome, runMs: 1 }],
    });
  }

  cluster(name: string): ClusterRecord & { readonly shared: SharedCluster } {
    const cluster = this.state.clusters.get(clusterId(name));
    if (cluster?.shared === undefined) throw new Error(`Cannot find cluster ${name}`);
    return { ...cluster, shared: cluster.shared };
  }

  phaseOf(job: string): string | undefined {
    return this.state.jobs.get(job as JobId)?.phase.kind;
  }
}

/** Messages to nodes, in order. */
export function toNodes(effects: readonly SchedulerEffect[]): SchedulerToNode[] {
  return effects.flatMap((effect) => effect.type === "toNode" ? [effect.message] : []);
}

/** Messages to clients, in order; results by the names of their jobs. */
export function toClients(effects: readonly SchedulerEffect[]): SchedulerToClient[] {
  return effects.flatMap((effect) => effect.type === "toClient" ? [effect.message] : []);
}

/** Leases that were handed out, in order. */
export function leasesIn(effects: readonly SchedulerEffect[]): AssignedLease[] {
  return toNodes(effects).flatMap((message) => message.type === "assign" ? message.leases : []);
}

/** The first lease that was handed out. */
export function leaseIn(effects: readonly SchedulerEffect[]): AssignedLease {
  const [lease] = leasesIn(effects);
  if (lease === undefined) throw new Error("Cannot find a lease: none was handed out");
  return lease;
}

/** Jobs whose results are sent. */
export function deliveredIn(effects: readonly SchedulerEffect[]): JobId[] {
  return effects.flatMap((effect) => effect.type === "deliver" ? effect.jobs : []);
}

/** Kinds of records, in order. */
export function recordsIn(effects: readonly SchedulerEffect[]): string[] {
  return effects.flatMap((effect) =>
    effect.type === "persist" ? effect.records.map(({ type }) => type) : []
  );
}
