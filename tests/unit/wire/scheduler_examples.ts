/** A message of each kind, and some that are hard to carry. */
import type { Packed } from "../../../lib/proto/executor.ts";
import type {
  ClusterId,
  ComputationId,
  InstanceId,
  JobId,
  NodeId,
  SchedulerId,
} from "../../../lib/proto/ids.ts";
import type { JobPolicy } from "../../../lib/proto/jobs.ts";
import type { NodeFacts } from "../../../lib/proto/node_messages.ts";
import type { FromClient, FromNode, ToClient, ToNode } from "../../../lib/proto/scheduler_links.ts";

export const cluster = "0123456789abcdef0123456789abcdef" as ClusterId;
const other = "f".repeat(32) as ClusterId;
const computation = "ab".repeat(32) as ComputationId;
const node = "büro-3~00ff" as NodeId;
const code = { format: "script", filename: "muster:abc", text: "($scope) => () => 'ü'" } as const;

/** Ids that begin alike, as one client mints them. */
export function jobId(number: number): JobId {
  return `00112233445566778899${number.toString(16).padStart(12, "0")}` as JobId;
}

const strange = "f00d".repeat(8) as JobId;

export const policy: JobPolicy = {
  retries: 2,
  backoff: { firstMs: 100, maxMs: 30_000.5 },
  timeoutMs: 60_000,
  reentrant: true,
  maxLosses: 5,
};

export const patient: JobPolicy = { ...policy, timeoutMs: undefined, reentrant: false };

const longText = JSON.stringify(["ü".repeat(3000)]);
const bytes: Packed = new Uint8Array([0, 255, 128]);

export const facts: NodeFacts = {
  slots: 8,
  runtime: "deno",
  runtimeVersion: "2.9.6",
  tags: ["gpu", "rack/3"],
  platform: "linux",
  arch: "x64",
  version: "0.1.0",
};

function job(number: number, args: Packed, its: JobPolicy, id = jobId(number)) {
  return { job: id, number, hash: `hash ${number}`, bytes: args.length, policy: its };
}

const options = { priority: -1.5, exclusive: true, maxOpenJobs: 10, maxOpenBytes: 2 ** 40 };

export const fromClient: readonly FromClient[] = [
  { type: "hello", shared: true },
  { type: "open", cluster, name: "nightly", computation, options },
  { type: "attach", name: "nightly" },
  { type: "detach", cluster },
  { type: "close", cluster },
  { type: "submit", cluster, jobs: [], args: [] },
  { type: "submit", cluster, jobs: [job(7, "[1]", policy)], args: ["[1]"] },
  {
    type: "submit",
    cluster,
    jobs: [
      job(1, "[]", policy),
      job(2, bytes, patient),
      job(3, longText, policy, strange),
      job(4, new Uint8Array(0), patient),
    ],
    args: ["[]", bytes, longText, new Uint8Array(0)],
  },
  { type: "cancel", cluster, jobs: [jobId(1)] },
  { type: "withdraw", cluster, jobs: [jobId(1), strange] },
  { type: "ack", cluster, jobs: [] },
  { type: "code", computation, code },
  { type: "askStatus" },
];

const ended = { job: jobId(1), number: 0, node, attempt: 1, runMs: 0.25 };

export const toClient: readonly ToClient[] = [
  {
    type: "attached",
    cluster,
    name: "",
    computation,
    epoch: 3,
    known: [0, 0, 2, 9],
    forgotten: [],
  },
  { type: "unattached", cluster, name: "nightly", why: "taken" },
  { type: "unattached", cluster: undefined, name: "nightly", why: "unknown" },
  { type: "detached", cluster },
  { type: "closed", cluster },
  { type: "accepted", cluster, jobs: [jobId(1), jobId(2), jobId(0xffff)] },
  {
    type: "refused",
    cluster,
    jobs: [{ job: jobId(1), why: "quota" }, { job: jobId(2), why: "different" }],
  },
  { type: "running", cluster, job: jobId(1), node, attempt: 2, runningMs: 12.5 },
  {
    type: "results",
    cluster,
    results: [
      { ...ended, ending: { status: "finished", detail: "42" } },
      { ...ended, number: 1, ending: { status: "finished", detail: bytes } },
      { ...ended, number: 2, ending: { status: "finished", detail: longText } },
      { ...ended, ending: { status: "terminated", reason: "threw", detail: bytes } },
      { ...ended, ending: { status: "terminated", reason: "crashed", detail: "1" } },
      { ...ended, ending: { status: "terminated", reason: "timeout", detail: undefined } },
      { ...ended, ending: { status: "terminated", reason: "cancelled", detail: undefined } },
      { ...ended, ending: { status: "terminated", reason: "abandoned", detail: undefined } },
      { ...ended, node: "b~1" as NodeId, ending: { status: "cancelled" } },
      { ...ended, node: undefined, attempt: 0, ending: { status: "abandoned" } },
    ],
  },
  { type: "wantCode", computation },
  {
    type: "status",
    status: {
      version: "0.1.0",
      epoch: 2,
      staleRejected: 3,
      nodes: [{
        name: "büro-3",
        address: "127.0.0.1:7701",
        fingerprint: "k3v9",
        state: "draining",
        slots: 2,
        leases: 100,
        facts,
      }],
      clusters: [{ cluster, name: "nightly", attached: true, open: 5, settled: 6 }],
    },
  },
  { type: "stalled", why: "the disk is full" },
  { type: "stalled", why: undefined },
];

const lease = { job: jobId(1), lease: 2, epoch: 3 };
const foreign = { job: strange, lease: 1, epoch: 2 };
const assigned = { ...lease, attempt: 1, cluster, computation, expires: false };

export const toNode: readonly ToNode[] = [
  { type: "welcome", scheduler: "0".repeat(32) as SchedulerId, epoch: 3, lostMs: 10_000 },
  { type: "assign", leases: [assigned], args: ["[1]"] },
  {
    type: "assign",
    leases: [
      assigned,
      { ...assigned, ...foreign, cluster: other, computation: "0".repeat(64) as ComputationId },
      { ...assigned, job: jobId(2), attempt: 4, expires: true },
    ],
    args: [bytes, longText, "[]"],
  },
  { type: "retract", leases: [lease] },
  { type: "stop", leases: [lease, foreign] },
  { type: "drop", leases: [] },
  { type: "ack", leases: [lease, { ...lease, job: jobId(2) }] },
  { type: "code", computation, code },
];

export const fromNode: readonly FromNode[] = [
  { type: "hello", key: "a1b2", facts },
  {
    type: "announce",
    instance: "1".repeat(32) as InstanceId,
    slots: 4,
    draining: true,
    held: [{ ...lease, runningMs: undefined }, { ...foreign, runningMs: 12.5 }],
    outbox: [foreign],
  },
  { type: "started", leases: [{ ...lease, runningMs: 0 }, { ...foreign, runningMs: 7 }] },
  {
    type: "done",
    ends: [
      { ...lease, outcome: { kind: "finished", detail: "42" }, runMs: 0.5 },
      { ...lease, outcome: { kind: "finished", detail: longText }, runMs: 0.5 },
      { ...foreign, outcome: { kind: "threw", detail: bytes }, runMs: 1 },
      { ...lease, outcome: { kind: "crashed", detail: undefined }, runMs: 0 },
      { ...lease, outcome: { kind: "stopped" }, runMs: 0 },
      { ...lease, outcome: { kind: "expired" }, runMs: 0 },
    ],
  },
  { type: "returned", leases: [lease] },
  { type: "slots", slots: 2 },
  { type: "draining" },
  { type: "wantCode", computation },
];
