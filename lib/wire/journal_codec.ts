/** Records of the scheduler's journal as bytes. */
import type { Packed } from "../proto/executor.ts";
import type { ClusterId, InstanceId, JobId, NodeId, OwnerId, SchedulerId } from "../proto/ids.ts";
import type {
  AcceptedRecord,
  JournalRecord,
  LeaseRecord,
  OpenedRecord,
  WaitingRecord,
} from "../proto/journal_records.ts";
import { limits } from "../proto/limits.ts";
import { assertNever } from "../proto/states.ts";
import { type BatchReader, BatchWriter, readBatch } from "./batch.ts";
import {
  asComputation,
  asFinite,
  asFlag,
  asId,
  asRanges,
  asText,
  asUint,
  malformed,
} from "./batch_items.ts";
import { concatBytes } from "./bytes.ts";
import { addHashes, hashOf, readDigests } from "./job_hashes.ts";
import { addPolicies, policyColumns, readPolicies } from "./job_policies.ts";
import { addResults, readResults, resultColumns } from "./job_results.ts";
import { addLeases, at, leaseColumns, maxNodeIdBytes, readLeases } from "./scheduler_parts.ts";

/** A record as it is read: with a job's arguments, unless the job had settled when the record was written anew. */
export type StoredRecord =
  | Exclude<JournalRecord, AcceptedRecord>
  | (AcceptedRecord & { readonly args: Packed | undefined });

type RecordOf<Type extends JournalRecord["type"]> = Extract<JournalRecord, { type: Type }>;

const kinds = [
  "epoch",
  "opened",
  "closed",
  "accepted",
  "lease",
  "waiting",
  "settled",
  "forgotten",
] as const;

/** A block is closed when it has so many records, or about so many bytes. */
const maxBlockRecords = 4096;
const maxBlockBytes = 1024 * 1024;
/** Bytes before each piece of a block: its length. */
const lengthBytes = 4;
const maxOwnerChars = 128;

/** Finds the arguments of a job that is accepted; undefined if they are not needed any more. */
export type ArgsOf = (record: AcceptedRecord) => Packed | undefined;

/**
 * Encodes records, oldest first, in blocks. What is given together is in one block, which is made before the next item is
 * taken.
 */
export function* encodeRecords(
  items: Iterable<JournalRecord | readonly JournalRecord[]>,
  argsOf: ArgsOf,
): Generator<Uint8Array<ArrayBuffer>> {
  let records: JournalRecord[] = [];
  let bytes = 0;
  for (const item of items) {
    if (isRecord(item)) {
      records.push(item);
      bytes += sizeOf(item);
    } else {
      for (const record of item) {
        records.push(record);
        bytes += sizeOf(record);
      }
    }
    if (records.length < maxBlockRecords && bytes < maxBlockBytes) continue;
    yield encodeBlock(records, argsOf);
    records = [];
    bytes = 0;
  }
  if (records.length > 0) yield encodeBlock(records, argsOf);
}

/**
 * Reads one block.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeRecords} does not write.
 */
export function decodeRecords(block: Uint8Array): readonly StoredRecord[] {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const records: StoredRecord[] = [];
  let offset = 0;
  do {
    const start = offset + lengthBytes;
    if (start > block.length) throw malformed("a block ends in a length");
    const end = start + view.getUint32(offset);
    if (end > block.length) throw malformed("a block ends in a record");
    for (const record of decodePiece(block.subarray(start, end))) records.push(record);
    offset = end;
  } while (offset < block.length);
  return records;
}

function isRecord(item: JournalRecord | readonly JournalRecord[]): item is JournalRecord {
  return "type" in item;
}

/** Records in a row that are alike make one piece. */
function encodeBlock(records: readonly JournalRecord[], argsOf: ArgsOf): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  let from = 0;
  for (let to = 1; to <= records.length; to += 1) {
    const [first, next] = [records[from], records[to]];
    if (first !== undefined && next !== undefined && isAlike(first, next)) continue;
    const piece = encodePiece(records.slice(from, to), argsOf);
    const length = new Uint8Array(lengthBytes);
    new DataView(length.buffer).setUint32(0, piece.length);
    parts.push(length, piece);
    from = to;
  }
  return concatBytes(...parts);
}

function decodePiece(piece: Uint8Array): readonly StoredRecord[] {
  const type = kinds[piece[0] ?? kinds.length];
  const body = piece.subarray(1);
  switch (type) {
    case "epoch":
      return readBatch(body, 2, (batch) => [{
        type,
        scheduler: batch.one(asId<SchedulerId>),
        epoch: batch.one(asUint()),
      }]);
    case "opened":
      return readBatch(body, 9, (batch) => [readOpened(batch)]);
    case "closed":
      return readBatch(body, 1, (batch) => [{ type, cluster: batch.one(asId<ClusterId>) }]);
    case "accepted":
      return readBatch(body, 7 + policyColumns, readAccepted);
    case "lease":
      return readBatch(body, leaseColumns + 3, readLeaseRecords);
    case "waiting":
      return readBatch(body, 6, readWaiting);
    case "settled":
      return readBatch(body, resultColumns, readSettled);
    case "forgotten":
      return readBatch(body, 4, readForgotten);
    case undefined:
      throw malformed("a record of no known kind");
    default:
      return assertNever(type);
  }
}

/** Whether two records may be in one piece. */
function isAlike(one: JournalRecord, other: JournalRecord): boolean {
  if (one.type !== other.type) return false;
  switch (one.type) {
    case "lease":
    case "waiting":
    case "settled":
      return true;
    case "accepted":
    case "forgotten":
      return "cluster" in other && one.cluster === other.cluster;
    case "epoch":
    case "opened":
    case "closed":
      return false;
    default:
      return assertNever(one);
  }
}

/** About how long a record gets, as far as that is not bounded by the number of records. */
function sizeOf(record: JournalRecord): number {
  if (record.type === "accepted") return record.bytes;
  if (record.type !== "settled" || !("detail" in record.ending)) return 0;
  return (record.ending.detail as Packed | undefined)?.length ?? 0;
}

function encodePiece(
  piece: readonly JournalRecord[],
  argsOf: ArgsOf,
): Uint8Array<ArrayBuffer> {
  const batch = new BatchWriter();
  const [first] = piece;
  if (first === undefined) throw new RangeError("Cannot encode a piece of no records");
  switch (first.type) {
    case "epoch":
      batch.add(first.scheduler);
      batch.add(first.epoch);
      break;
    case "opened":
      addOpened(batch, first);
      break;
    case "closed":
      batch.add(first.cluster);
      break;
    case "accepted":
      addAccepted(batch, piece as readonly AcceptedRecord[], argsOf);
      break;
    case "lease":
      addLeaseRecords(batch, piece as readonly LeaseRecord[]);
      break;
    case "waiting":
      addWaiting(batch, piece as readonly WaitingRecord[]);
      break;
    case "settled":
      addResults(batch, piece as readonly RecordOf<"settled">[]);
      break;
    case "forgotten": {
      const records = piece as readonly RecordOf<"forgotten">[];
      batch.add(first.cluster);
      batch.addIds(records.map(({ job }) => job));
      batch.addNumbers(records.map(({ number }) => number));
      break;
    }
    default:
      return assertNever(first);
  }
  return batch.finish(kinds.indexOf(first.type));
}

function addOpened(batch: BatchWriter, record: OpenedRecord): void {
  const { cluster, owner, name, computation, options, forgotten } = record;
  for (const column of [cluster, owner, name, computation]) batch.add(column);
  batch.add(options.priority);
  batch.add(options.exclusive);
  batch.add(options.maxOpenJobs);
  batch.add(options.maxOpenBytes);
  batch.add(forgotten);
}

function readOpened(batch: BatchReader): OpenedRecord {
  return {
    type: "opened",
    cluster: batch.one(asId<ClusterId>),
    owner: batch.one(asText(maxOwnerChars)) as OwnerId,
    name: batch.one(asText(limits.maxNameBytes)),
    computation: batch.one(asComputation),
    options: {
      priority: batch.one(asFinite),
      exclusive: batch.one(asFlag),
      maxOpenJobs: batch.one(asUint()),
      maxOpenBytes: batch.one(asUint()),
    },
    forgotten: batch.one(asRanges),
  };
}

function addAccepted(
  batch: BatchWriter,
  records: readonly AcceptedRecord[],
  argsOf: ArgsOf,
): void {
  batch.add(records[0]?.cluster ?? "");
  batch.addIds(records.map(({ job }) => job));
  const args = records.map(argsOf);
  batch.addNumbers(records.map(({ number }) => number));
  addHashes(batch, records, args);
  batch.addEach(records.map(({ bytes }) => bytes));
  addPolicies(batch, records.map(({ policy }) => policy));
  batch.addPacked(args);
}

function readAccepted(batch: BatchReader): StoredRecord[] {
  const cluster = batch.one(asId<ClusterId>);
  const jobs = batch.ids<JobId>();
  const count = jobs.length;
  const numbers = batch.numbers(count);
  const digests = readDigests(batch, count);
  const bytes = batch.each(count, asUint());
  const policies = readPolicies(batch, count);
  const args = batch.optionalPacked(count);
  return jobs.map((job, index) => ({
    type: "accepted",
    cluster,
    job,
    number: at(numbers, index),
    hash: hashOf(at(digests, index), args[index]),
    bytes: at(bytes, index),
    policy: at(policies, index),
    args: args[index],
  }));
}

function addLeaseRecords(batch: BatchWriter, records: readonly LeaseRecord[]): void {
  addLeases(batch, records);
  batch.addEach(records.map(({ attempt }) => attempt));
  batch.addEach(records.map(({ node }) => node));
  batch.addEach(records.map(({ instance }) => instance));
}

function readLeaseRecords(batch: BatchReader): LeaseRecord[] {
  const leases = readLeases(batch);
  const attempts = batch.each(leases.length, asUint());
  const nodes = batch.each(leases.length, asText(maxNodeIdBytes));
  const instances = batch.each(leases.length, asId<InstanceId>);
  return leases.map((lease, index) => ({
    type: "lease",
    ...lease,
    attempt: at(attempts, index),
    node: at(nodes, index) as NodeId,
    instance: at(instances, index),
  }));
}

function addWaiting(batch: BatchWriter, records: readonly WaitingRecord[]): void {
  batch.addIds(records.map(({ job }) => job));
  batch.addEach(records.map(({ lease }) => lease));
  batch.addEach(records.map(({ attempt }) => attempt));
  batch.addEach(records.map(({ failures }) => failures));
  batch.addEach(records.map(({ losses }) => losses));
}

function readWaiting(batch: BatchReader): WaitingRecord[] {
  const jobs = batch.ids<JobId>();
  const column = (): readonly number[] => batch.each(jobs.length, asUint());
  const [leases, attempts, failures, losses] = [column(), column(), column(), column()];
  return jobs.map((job, index) => ({
    type: "waiting",
    job,
    lease: at(leases, index),
    attempt: at(attempts, index),
    failures: at(failures, index),
    losses: at(losses, index),
  }));
}

function readSettled(batch: BatchReader): RecordOf<"settled">[] {
  return readResults(batch).map((result) => ({ type: "settled", ...result }));
}

function readForgotten(batch: BatchReader): RecordOf<"forgotten">[] {
  const cluster = batch.one(asId<ClusterId>);
  const jobs = batch.ids<JobId>();
  const numbers = batch.numbers(jobs.length);
  return jobs.map((job, index) => ({
    type: "forgotten",
    cluster,
    job,
    number: at(numbers, index),
  }));
}
