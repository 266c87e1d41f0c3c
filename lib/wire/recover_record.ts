import type { Packed } from "../proto/executor.ts";
import type { ClusterId, JobId, NodeId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import type { JobResult } from "../proto/scheduler_messages.ts";
import { assertNever } from "../proto/states.ts";
import { BatchWriter, readBatch } from "./batch.ts";
import { asText, asUint } from "./batch_items.ts";
import { addResults, readResults, resultColumns } from "./job_results.ts";
import { read, withKind } from "./node_codec_parts.ts";
import { at, maxNodeIdBytes, readId } from "./scheduler_parts.ts";
import { encodeTuple, MalformedTupleError } from "./tuple.ts";

/** One handing over of a job, as a recover file has it. */
export type RecordedLease = {
  readonly job: JobId;
  readonly lease: number;
  readonly attempt: number;
};

/** What a client writes to its recover file. */
export type RecoverRecord =
  /** The first one. */
  | { readonly type: "begin"; readonly cluster: ClusterId; readonly startedAtMs: number }
  | {
    readonly type: "submit";
    readonly job: JobId;
    /** Its position among the jobs of the cluster, from 0. */
    readonly number: number;
    readonly reentrant: boolean;
    readonly args: Packed;
  }
  /** A node of another process: where it is reached, and the key that it has proven. */
  | {
    readonly type: "node";
    readonly node: NodeId;
    readonly address: string;
    readonly hostKey: Uint8Array;
  }
  /** Before the jobs are handed over. */
  | { readonly type: "assigned"; readonly node: NodeId; readonly leases: readonly RecordedLease[] }
  /** They never began where they were. */
  | { readonly type: "returned"; readonly jobs: readonly JobId[] }
  /** Before the program is told, and before nodes forget it. */
  | { readonly type: "ended"; readonly results: readonly JobResult[] }
  /** The program has looked at what became of them. */
  | { readonly type: "delivered"; readonly jobs: readonly JobId[] }
  /** The program has ended its cluster: it has what it wants. */
  | { readonly type: "closed" };

const kinds = [
  "begin",
  "submit",
  "node",
  "assigned",
  "returned",
  "ended",
  "delivered",
  "closed",
] as const;
const maxAddressBytes = 512;
const hostKeyBytes = 32;
const idColumns = 2;

/** Encodes a record. */
export function encodeRecoverRecord(record: RecoverRecord): Uint8Array {
  const kind = kinds.indexOf(record.type);
  const batch = new BatchWriter();
  switch (record.type) {
    case "begin":
      return withKind(kind, encodeTuple([record.cluster, record.startedAtMs]));
    case "submit": {
      const { job, number, reentrant, args } = record;
      return withKind(kind, encodeTuple([job, number, reentrant, args]));
    }
    case "node":
      return withKind(kind, encodeTuple([record.node, record.address, record.hostKey]));
    case "assigned":
      batch.add(record.node);
      batch.addIds(record.leases.map(({ job }) => job));
      batch.addEach(record.leases.map(({ lease }) => lease));
      batch.addEach(record.leases.map(({ attempt }) => attempt));
      return batch.finish(kind);
    case "returned":
    case "delivered":
      batch.addIds(record.jobs);
      return batch.finish(kind);
    case "ended":
      addResults(batch, record.results);
      return batch.finish(kind);
    case "closed":
      return withKind(kind, encodeTuple([]));
    default:
      return assertNever(record);
  }
}

/**
 * Reads a record.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeRecoverRecord} does not write.
 */
export function decodeRecoverRecord(bytes: Uint8Array): RecoverRecord {
  const type = kinds[bytes[0] ?? kinds.length];
  const body = bytes.subarray(1);
  switch (type) {
    case "begin":
      return read(body, 2, (reader) => ({
        type,
        cluster: readId<ClusterId>(reader),
        startedAtMs: reader.uint(),
      }));
    case "submit":
      return read(body, 4, (reader) => ({
        type,
        job: readId<JobId>(reader),
        number: reader.uint(),
        reentrant: reader.boolean(),
        args: reader.packed(),
      }));
    case "node":
      return read(body, 3, (reader) => ({
        type,
        node: reader.text(maxNodeIdBytes) as NodeId,
        address: reader.text(maxAddressBytes),
        hostKey: reader.bytes(hostKeyBytes),
      }));
    case "assigned":
      return readBatch(body, 3 + idColumns, (batch) => {
        const node = batch.one(asText(maxNodeIdBytes)) as NodeId;
        const jobs = batch.ids<JobId>();
        const leases = batch.each(jobs.length, asUint());
        const attempts = batch.each(jobs.length, asUint(limits.maxRetries * 2));
        return {
          type,
          node,
          leases: jobs.map((job, index) => ({
            job,
            lease: at(leases, index),
            attempt: at(attempts, index),
          })),
        };
      });
    case "returned":
    case "delivered":
      return { type, jobs: readBatch(body, idColumns, (batch) => batch.ids<JobId>()) };
    case "ended":
      return { type, results: readBatch(body, resultColumns, readResults) };
    case "closed":
      return read(body, 0, () => ({ type }));
    case undefined:
      throw new MalformedTupleError("Cannot read a record: it is of no known kind");
    default:
      return assertNever(type);
  }
}
