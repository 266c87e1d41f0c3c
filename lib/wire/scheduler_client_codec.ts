import type { ClusterId, JobId, NodeId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import type { FromClient, SubmitMessage, ToClient } from "../proto/scheduler_links.ts";
import type { SubmittedJob } from "../proto/scheduler_messages.ts";
import { assertNever } from "../proto/states.ts";
import { BatchWriter, readBatch } from "./batch.ts";
import { asChoice, asComputation, asId, asRanges, asText, asUint } from "./batch_items.ts";
import { addHashes, hashOf, readDigests } from "./job_hashes.ts";
import { addPolicies, policyColumns, readPolicies } from "./job_policies.ts";
import { addResults, readResults, resultColumns } from "./job_results.ts";
import { read, readComputation, withKind } from "./node_codec_parts.ts";
import {
  at,
  checkLength,
  decodeCode,
  encodeCode,
  maxNodeIdBytes,
  optionItems,
  readDuration,
  readId,
  readOptions,
} from "./scheduler_parts.ts";
import { readStatus, statusCount, statusItems } from "./scheduler_status.ts";
import { encodeTuple, MalformedTupleError, type TupleItem } from "./tuple.ts";

/**
 * Messages between client and shared scheduler as bytes: the first byte is the message's number, then its tuple, or
 * the columns of a message about many jobs.
 */
const fromKinds = [
  "hello",
  "open",
  "attach",
  "detach",
  "close",
  "submit",
  "cancel",
  "withdraw",
  "ack",
  "code",
  "askStatus",
] as const;
const toKinds = [
  "attached",
  "unattached",
  "detached",
  "closed",
  "accepted",
  "refused",
  "running",
  "results",
  "wantCode",
  "status",
  "stalled",
] as const;

const submitRefusals = ["quota", "different"] as const;
const whysUnattached = ["unknown", "foreign", "taken"] as const;

/** Encodes what a client says. */
export function encodeFromClient(message: FromClient): Uint8Array {
  const kind = fromKinds.indexOf(message.type);
  const frame = (items: readonly TupleItem[]): Uint8Array => withKind(kind, encodeTuple(items));
  switch (message.type) {
    case "hello":
      return frame([message.shared]);
    case "open": {
      const { cluster, name, computation, options } = message;
      return frame([cluster, name, computation, optionItems(options)]);
    }
    case "attach":
      return frame([message.name]);
    case "detach":
    case "close":
      return frame([message.cluster]);
    case "submit":
      return encodeSubmit(kind, message);
    case "cancel":
    case "withdraw":
    case "ack":
      return encodeJobs(kind, message);
    case "code":
      return withKind(kind, encodeCode(message));
    case "askStatus":
      return frame([]);
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a client says.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeFromClient} does not write.
 */
export function decodeFromClient(bytes: Uint8Array): FromClient {
  checkLength(bytes);
  const type = fromKinds[bytes[0] ?? fromKinds.length];
  const body = bytes.subarray(1);
  switch (type) {
    case "hello":
      return read(body, 1, (reader) => ({ type, shared: reader.boolean() }));
    case "open":
      return read(body, 4, (reader) => ({
        type,
        cluster: readId<ClusterId>(reader),
        name: reader.text(limits.maxNameBytes),
        computation: readComputation(reader),
        options: reader.tuple(4, () => readOptions(reader)),
      }));
    case "attach":
      return read(body, 1, (reader) => ({ type, name: reader.text(limits.maxNameBytes) }));
    case "detach":
    case "close":
      return read(body, 1, (reader) => ({ type, cluster: readId<ClusterId>(reader) }));
    case "submit":
      return decodeSubmit(body);
    case "cancel":
    case "withdraw":
    case "ack":
      return { type, ...decodeJobs(body) };
    case "code":
      return decodeCode(body);
    case "askStatus":
      return read(body, 0, () => ({ type }));
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(type);
  }
}

/** Encodes what a client is told. */
export function encodeToClient(message: ToClient): Uint8Array {
  const kind = toKinds.indexOf(message.type);
  const frame = (items: readonly TupleItem[]): Uint8Array => withKind(kind, encodeTuple(items));
  switch (message.type) {
    case "attached":
      return encodeAttached(kind, message);
    case "unattached": {
      const { cluster, name, why } = message;
      const clusters = cluster === undefined ? [] : [cluster];
      return frame([clusters, name, whysUnattached.indexOf(why)]);
    }
    case "detached":
    case "closed":
      return frame([message.cluster]);
    case "accepted":
      return encodeJobs(kind, message);
    case "refused": {
      const batch = new BatchWriter();
      batch.add(message.cluster);
      batch.addIds(message.jobs.map(({ job }) => job));
      batch.addEach(message.jobs.map(({ why }) => submitRefusals.indexOf(why)));
      return batch.finish(kind);
    }
    case "running": {
      const { cluster, job, node, attempt, runningMs } = message;
      return frame([cluster, job, node, attempt, runningMs]);
    }
    case "results":
      return encodeResults(kind, message);
    case "wantCode":
      return frame([message.computation]);
    case "status":
      return frame(statusItems(message.status));
    case "stalled":
      return frame([message.why === undefined ? [] : [message.why]]);
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a client is told.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeToClient} does not write.
 */
export function decodeToClient(bytes: Uint8Array): ToClient {
  const type = toKinds[bytes[0] ?? toKinds.length];
  const body = bytes.subarray(1);
  switch (type) {
    case "attached":
      return decodeAttached(body);
    case "unattached":
      return read(body, 3, (reader) => ({
        type,
        cluster: reader.list(() => readId<ClusterId>(reader), 1)[0],
        name: reader.text(limits.maxNameBytes),
        why: asChoice(whysUnattached)(reader.uint()),
      }));
    case "detached":
    case "closed":
      return read(body, 1, (reader) => ({ type, cluster: readId<ClusterId>(reader) }));
    case "accepted":
      return { type, ...decodeJobs(body) };
    case "refused":
      return decodeRefused(body);
    case "running":
      return read(body, 5, (reader) => ({
        type,
        cluster: readId<ClusterId>(reader),
        job: readId<JobId>(reader),
        node: reader.text(maxNodeIdBytes) as NodeId,
        attempt: reader.uint(),
        runningMs: readDuration(reader),
      }));
    case "results":
      return decodeResults(body);
    case "wantCode":
      return read(body, 1, (reader) => ({ type, computation: readComputation(reader) }));
    case "status":
      return read(body, statusCount, (reader) => ({ type, status: readStatus(reader) }));
    case "stalled":
      return read(body, 1, (reader) => ({
        type,
        why: reader.list(() => reader.text(limits.maxRejectionBytes), 1)[0],
      }));
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(type);
  }
}

type JobsOfCluster = { readonly cluster: ClusterId; readonly jobs: readonly JobId[] };

function encodeJobs(kind: number, { cluster, jobs }: JobsOfCluster): Uint8Array {
  const batch = new BatchWriter();
  batch.add(cluster);
  batch.addIds(jobs);
  return batch.finish(kind);
}

function decodeJobs(body: Uint8Array): JobsOfCluster {
  return readBatch(body, 3, (batch) => ({
    cluster: batch.one(asId<ClusterId>),
    jobs: batch.ids<JobId>(),
  }));
}

/** Sizes are those of the arguments, which the reader measures itself. */
function encodeSubmit(kind: number, { cluster, jobs, args }: SubmitMessage): Uint8Array {
  const batch = new BatchWriter();
  batch.add(cluster);
  batch.addIds(jobs.map(({ job }) => job));
  batch.addNumbers(jobs.map(({ number }) => number));
  addHashes(batch, jobs, args);
  addPolicies(batch, jobs.map(({ policy }) => policy));
  batch.addPacked(args);
  return batch.finish(kind);
}

function decodeSubmit(body: Uint8Array): SubmitMessage {
  return readBatch(body, 6 + policyColumns, (batch) => {
    const cluster = batch.one(asId<ClusterId>);
    const ids = batch.ids<JobId>();
    const numbers = batch.numbers(ids.length);
    const digests = readDigests(batch, ids.length);
    const policies = readPolicies(batch, ids.length);
    const args = batch.packed(ids.length);
    const jobs = ids.map((job, index): SubmittedJob => ({
      job,
      number: at(numbers, index),
      hash: hashOf(at(digests, index), at(args, index)),
      bytes: at(args, index).length,
      policy: at(policies, index),
    }));
    return { type: "submit", cluster, jobs, args };
  });
}

function decodeRefused(body: Uint8Array): Extract<ToClient, { type: "refused" }> {
  return readBatch(body, 4, (batch) => {
    const cluster = batch.one(asId<ClusterId>);
    const jobs = batch.ids<JobId>();
    const whys = batch.each(jobs.length, asChoice(submitRefusals));
    return {
      type: "refused",
      cluster,
      jobs: jobs.map((job, index) => ({ job, why: at(whys, index) })),
    };
  });
}

type Attached = Extract<ToClient, { type: "attached" }>;

function encodeAttached(kind: number, message: Attached): Uint8Array {
  const batch = new BatchWriter();
  const { cluster, name, computation, epoch, known, forgotten } = message;
  for (const column of [cluster, name, computation, epoch, known, forgotten]) batch.add(column);
  return batch.finish(kind);
}

function decodeAttached(body: Uint8Array): Attached {
  return readBatch(body, 6, (batch) => ({
    type: "attached",
    cluster: batch.one(asId<ClusterId>),
    name: batch.one(asText(limits.maxNameBytes)),
    computation: batch.one(asComputation),
    epoch: batch.one(asUint()),
    known: batch.one(asRanges),
    forgotten: batch.one(asRanges),
  }));
}

type Results = Extract<ToClient, { type: "results" }>;

function encodeResults(kind: number, { cluster, results }: Results): Uint8Array {
  const batch = new BatchWriter();
  batch.add(cluster);
  addResults(batch, results);
  return batch.finish(kind);
}

function decodeResults(body: Uint8Array): Results {
  return readBatch(body, 1 + resultColumns, (batch) => ({
    type: "results",
    cluster: batch.one(asId<ClusterId>),
    results: readResults(batch),
  }));
}
