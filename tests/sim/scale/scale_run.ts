import process from "node:process";
import type { SchedulerEffect } from "../../../lib/core/scheduler/effects.ts";
import type { SchedulerEvent } from "../../../lib/core/scheduler/events.ts";
import { step } from "../../../lib/core/scheduler/machine.ts";
import { createSchedulerState, type SchedulerState } from "../../../lib/core/scheduler/state.ts";
import { MinHeap } from "../../../lib/core/shared/min_heap.ts";
import { createRng } from "../../../lib/core/shared/rng.ts";
import type {
  ClusterId,
  ComputationId,
  InstanceId,
  JobId,
  NodeId,
  OwnerId,
  SchedulerId,
} from "../../../lib/proto/ids.ts";
import type { LeaseRef } from "../../../lib/proto/jobs.ts";
import type { LeaseEnd, SchedulerToNode } from "../../../lib/proto/scheduler_messages.ts";
import { VirtualClock } from "../virtual_clock.ts";

/** How large a cluster is simulated. */
export type ScaleOptions = {
  readonly nodes: number;
  readonly slots: number;
  readonly jobs: number;
};

/** What a run has cost. */
export type ScaleReport = ScaleOptions & {
  readonly steps: number;
  /** CPU time of the scheduler's steps. */
  readonly cpuUs: number;
  /** Growth of the heap by the queued jobs. */
  readonly bytesPerJob: number;
};

/** Jobs in one submit. */
const batch = 1000;
/** Ends of attempts that the scheduler takes up in one step. */
const endsPerStep = 8;
const policy = {
  retries: 0,
  backoff: { firstMs: 0, maxMs: 0 },
  timeoutMs: undefined,
  reentrant: true,
  maxLosses: 5,
} as const;
const cluster = "c" as ClusterId;

/** A node: its slots, and the leases that wait for them. */
type SimpleNode = { readonly link: number; free: number; readonly waiting: LeaseRef[] };

/** A shared scheduler with many nodes and jobs, on a virtual clock; only its own steps are measured. */
export class ScaleRun {
  readonly #options: ScaleOptions;
  readonly #heapBytes: () => number;
  readonly #random = createRng(1);
  readonly #clock = new VirtualClock();
  readonly #state: SchedulerState = createSchedulerState({ seed: 1 });
  readonly #nodes = new Map<NodeId, SimpleNode>();
  readonly #ends = new MinHeap<{ readonly node: NodeId; readonly end: LeaseEnd }>();
  #cpuUs = 0;
  #steps = 0;
  #settled = 0;

  /** @param heapBytes Says how large the heap is, after what is not needed was collected. */
  constructor(options: ScaleOptions, heapBytes: () => number) {
    this.#options = options;
    this.#heapBytes = heapBytes;
  }

  run(): ScaleReport {
    const { nodes, jobs } = this.#options;
    this.#step([
      { type: "start", scheduler: "s" as SchedulerId },
      { type: "clientUp", link: 0, owner: "o" as OwnerId },
      { type: "clientSays", link: 0, message: openMessage },
    ]);
    const bytesPerJob = this.#submit() / jobs;
    for (let index = 0; index < nodes; index += 1) this.#addNode(index);
    while (this.#settled < jobs) this.#finishSome();
    return { ...this.#options, steps: this.#steps, cpuUs: this.#cpuUs, bytesPerJob };
  }

  /** Submits all jobs; returns by how many bytes the heap has grown. */
  #submit(): number {
    const before = this.#heapBytes();
    for (let first = 0; first < this.#options.jobs; first += batch) {
      const count = Math.min(batch, this.#options.jobs - first);
      const jobs = Array.from({ length: count }, (_, index) => {
        const number = first + index;
        const job = number.toString(16).padStart(32, "0") as JobId;
        return { job, number, hash: "", bytes: 8, policy };
      });
      const message = { type: "submit", cluster, jobs } as const;
      this.#step([{ type: "clientSays", link: 0, message }]);
    }
    return this.#heapBytes() - before;
  }

  #addNode(index: number): void {
    const node = `n${index}` as NodeId;
    const link = index + 1;
    const { slots } = this.#options;
    this.#nodes.set(node, { link, free: slots, waiting: [] });
    const instance = "i" as InstanceId;
    const announce = { type: "announce", instance, slots, draining: false } as const;
    this.#step([
      { type: "nodeLinkUp", node, link },
      { type: "nodeSays", node, link, message: { ...announce, held: [], outbox: [] } },
    ]);
  }

  /** The next attempts end. */
  #finishSome(): void {
    const events: SchedulerEvent[] = [];
    for (let count = 0; count < endsPerStep; count += 1) {
      const atMs = this.#ends.minKey;
      const next = this.#ends.pop();
      if (atMs === undefined || next === undefined) break;
      this.#clock.nowMs = atMs;
      const node = this.#nodes.get(next.node);
      if (node === undefined) continue;
      const message = { type: "done", ends: [next.end] } as const;
      events.push({ type: "nodeSays", node: next.node, link: node.link, message });
      node.free += 1;
      this.#fill(next.node, node);
    }
    this.#step(events);
  }

  #step(first: readonly SchedulerEvent[]): void {
    let events = first;
    // What a step asks for is answered in the next one.
    do {
      const before = process.cpuUsage();
      const effects = step(this.#state, events, this.#clock.nowMs);
      const { user, system } = process.cpuUsage(before);
      this.#cpuUs += user + system;
      this.#steps += 1;
      events = effects.flatMap((effect) => this.#perform(effect));
    } while (events.length > 0);
  }

  #perform(effect: SchedulerEffect): SchedulerEvent[] {
    if (effect.type === "deliver") {
      this.#settled += effect.jobs.length;
      const message = { type: "ack", cluster, jobs: effect.jobs } as const;
      return [{ type: "clientSays", link: 0, message }];
    }
    if (effect.type !== "toNode") return [];
    const node = this.#nodes.get(effect.node);
    return node === undefined ? [] : this.#tellNode(effect.node, node, effect.message);
  }

  #tellNode(id: NodeId, node: SimpleNode, message: SchedulerToNode): SchedulerEvent[] {
    if (message.type === "assign") {
      for (const { job, lease, epoch } of message.leases) node.waiting.push({ job, lease, epoch });
      this.#fill(id, node);
      return [];
    }
    if (message.type !== "retract") return [];
    const leases = message.leases.filter((lease) => takeFrom(node.waiting, lease));
    const { link } = node;
    return [{ type: "nodeSays", node: id, link, message: { type: "returned", leases } }];
  }

  #fill(id: NodeId, node: SimpleNode): void {
    while (node.free > 0) {
      const lease = node.waiting.shift();
      if (lease === undefined) return;
      node.free -= 1;
      const runMs = 5 + this.#random() * 990;
      const outcome = { kind: "finished", detail: undefined } as const;
      this.#ends.push(this.#clock.nowMs + runMs, { node: id, end: { ...lease, outcome, runMs } });
    }
  }
}

const openMessage = {
  type: "open",
  cluster,
  name: "",
  computation: "code" as ComputationId,
  options: { priority: 0, exclusive: false, maxOpenJobs: Infinity, maxOpenBytes: Infinity },
} as const;

function takeFrom(waiting: LeaseRef[], { job }: LeaseRef): boolean {
  const index = waiting.findIndex((lease) => lease.job === job);
  if (index >= 0) waiting.splice(index, 1);
  return index >= 0;
}
