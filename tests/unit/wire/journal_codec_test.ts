import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Packed } from "../../../lib/proto/executor.ts";
import type {
  ComputationId,
  InstanceId,
  JobId,
  NodeId,
  OwnerId,
  SchedulerId,
} from "../../../lib/proto/ids.ts";
import type { AcceptedRecord, JournalRecord } from "../../../lib/proto/journal_records.ts";
import { decodeRecords, encodeRecords } from "../../../lib/wire/journal_codec.ts";
import { refusesDamage } from "./damage.ts";
import { cluster, jobId, patient, policy } from "./scheduler_examples.ts";

const node = "büro-3~00ff" as NodeId;
const instance = "1".repeat(32) as InstanceId;
const bytes: Packed = new Uint8Array([0, 255]);
const long = "x".repeat(5000);

function accepted(number: number, its = policy): AcceptedRecord {
  return {
    type: "accepted",
    cluster,
    job: jobId(number),
    number,
    hash: `hash ${number}`,
    bytes: 3,
    policy: its,
  };
}

const args = new Map<JobId, Packed>([
  [jobId(0), "[0]"],
  [jobId(1), bytes],
  [jobId(2), long],
]);

const finished = { status: "finished", detail: long } as const;

/** One of each kind, in an order that a scheduler might write. */
const records: readonly JournalRecord[] = [
  { type: "epoch", scheduler: "0".repeat(32) as SchedulerId, epoch: 3 },
  {
    type: "opened",
    cluster,
    owner: "everybody" as OwnerId,
    name: "nightly",
    computation: "ab".repeat(32) as ComputationId,
    options: { priority: -0.5, exclusive: true, maxOpenJobs: 10, maxOpenBytes: 2 ** 40 },
    forgotten: [0, 0, 2, 9],
  },
  accepted(0),
  accepted(1, patient),
  accepted(2),
  accepted(3),
  { type: "lease", job: jobId(0), lease: 1, epoch: 3, attempt: 1, node, instance },
  { type: "lease", job: jobId(1), lease: 2, epoch: 2, attempt: 1, node, instance },
  { type: "waiting", job: jobId(0), lease: 1, attempt: 1, failures: 1, losses: 0 },
  {
    type: "settled",
    job: jobId(0),
    number: 0,
    ending: finished,
    node,
    attempt: 2,
    runMs: 0.5,
  },
  {
    type: "settled",
    job: jobId(1),
    number: 1,
    ending: { status: "cancelled" },
    node: undefined,
    attempt: 0,
    runMs: 0,
  },
  { type: "forgotten", cluster, job: jobId(0), number: 0 },
  { type: "forgotten", cluster, job: jobId(1), number: 1 },
  accepted(4),
  { type: "closed", cluster },
];

function encode(all: Iterable<JournalRecord>): Uint8Array[] {
  return [...encodeRecords(all, ({ job }) => args.get(job))];
}

describe("records of the journal", () => {
  it("come back in their order, with the arguments that are still needed", () => {
    const read = encode(records).flatMap((piece) => decodeRecords(piece));
    const expected = records.map((record) =>
      record.type === "accepted" ? { ...record, args: args.get(record.job) } : record
    );
    assert.deepEqual(read, expected);
  });

  it("are in one block, in several where there are many, or much", () => {
    const sizes = (all: Iterable<JournalRecord>): number[] =>
      encode(all).map((block) => decodeRecords(block).length);
    assert.deepEqual(sizes(records), [records.length]);
    const many = Array.from({ length: 10_000 }, (_, number) => accepted(number));
    assert.deepEqual(sizes(many), [4096, 4096, 1808]);
    const large = Array.from({ length: 5 }, (_, number) => ({
      ...accepted(number),
      bytes: 600_000,
    }));
    assert.deepEqual(sizes(large), [2, 2, 1]);
  });

  it("are in one block when they are given together, which is made before more is taken", () => {
    let asked = 0;
    const source = function* (): Generator<readonly JournalRecord[]> {
      for (let number = 0; number < 9000; number += 3) {
        asked += 3;
        yield [accepted(number), accepted(number + 1), accepted(number + 2)];
      }
    };
    const blocks = encodeRecords(source(), () => undefined);
    const first = blocks.next();
    assert.equal(asked, 4098);
    assert.equal(decodeRecords(first.value as Uint8Array).length, asked);
  });

  it("take some fifty bytes for a small job", () => {
    const many = Array.from({ length: 1000 }, (_, number) => accepted(number));
    const size = encode(many).reduce((sum, piece) => sum + piece.length, 0);
    assert.ok(size < 50_000, `${size}`);
  });

  it("are refused when they are damaged", () => {
    refusesDamage(records.flatMap((record) => encode([record])), decodeRecords);
  });
});
