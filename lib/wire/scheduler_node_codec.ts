import type { ClusterId, ComputationId, InstanceId, SchedulerId } from "../proto/ids.ts";
import type { LeaseRef } from "../proto/jobs.ts";
import { limits } from "../proto/limits.ts";
import type { AssignMessage, FromNode, ToNode } from "../proto/scheduler_links.ts";
import type { AssignedLease, HeldLease, LeaseEnd } from "../proto/scheduler_messages.ts";
import { assertNever } from "../proto/states.ts";
import { BatchWriter, readBatch } from "./batch.ts";
import {
  asChoice,
  asComputation,
  asDuration,
  asFlag,
  asId,
  asOptionalDuration,
  asRow,
  asUint,
} from "./batch_items.ts";
import { detailOf, outcomeCount, outcomeNumber, outcomeOf } from "./endings.ts";
import {
  factCount,
  factItems,
  read,
  readComputation,
  readFacts,
  withKind,
} from "./node_codec_parts.ts";
import {
  addLeases,
  at,
  checkLength,
  decodeCode,
  encodeCode,
  leaseColumns,
  readDuration,
  readId,
  readLeases,
} from "./scheduler_parts.ts";
import { encodeTuple, MalformedTupleError, type TupleItem } from "./tuple.ts";

/**
 * Messages between shared scheduler and node as bytes: the first byte is the message's number, then its tuple, or the
 * columns of a message about many leases.
 */
const toKinds = ["welcome", "assign", "retract", "stop", "drop", "ack", "code"] as const;
const fromKinds = [
  "hello",
  "announce",
  "started",
  "done",
  "returned",
  "slots",
  "draining",
  "wantCode",
] as const;

const maxKeyBytes = 64;

/** Encodes what a node is told. */
export function encodeToNode(message: ToNode): Uint8Array {
  const kind = toKinds.indexOf(message.type);
  switch (message.type) {
    case "welcome": {
      const { scheduler, epoch, lostMs } = message;
      return withKind(kind, encodeTuple([scheduler, epoch, lostMs]));
    }
    case "assign":
      return encodeAssign(kind, message);
    case "retract":
    case "stop":
    case "drop":
    case "ack":
      return encodeLeases(kind, message.leases);
    case "code":
      return withKind(kind, encodeCode(message));
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a node is told.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeToNode} does not write.
 */
export function decodeToNode(bytes: Uint8Array): ToNode {
  const type = toKinds[bytes[0] ?? toKinds.length];
  const body = bytes.subarray(1);
  switch (type) {
    case "welcome":
      return read(body, 3, (reader) => ({
        type,
        scheduler: readId<SchedulerId>(reader),
        epoch: reader.uint(),
        lostMs: readDuration(reader),
      }));
    case "assign":
      return decodeAssign(body);
    case "retract":
    case "stop":
    case "drop":
    case "ack":
      return { type, leases: readBatch(body, leaseColumns, readLeases) };
    case "code":
      return decodeCode(body);
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(type);
  }
}

/** Encodes what a node says. */
export function encodeFromNode(message: FromNode): Uint8Array {
  const kind = fromKinds.indexOf(message.type);
  const frame = (items: readonly TupleItem[]): Uint8Array => withKind(kind, encodeTuple(items));
  switch (message.type) {
    case "hello":
      return frame([message.key, factItems(message.facts)]);
    case "announce":
      return encodeAnnounce(kind, message);
    case "started": {
      const batch = new BatchWriter();
      addLeases(batch, message.leases);
      batch.addEach(message.leases.map(({ runningMs }) => runningMs));
      return batch.finish(kind);
    }
    case "done":
      return encodeDone(kind, message.ends);
    case "returned":
      return encodeLeases(kind, message.leases);
    case "slots":
      return frame([message.slots]);
    case "draining":
      return frame([]);
    case "wantCode":
      return frame([message.computation]);
    default:
      return assertNever(message);
  }
}

/**
 * Reads what a node says.
 *
 * @throws {MalformedTupleError} for anything that {@link encodeFromNode} does not write.
 */
export function decodeFromNode(bytes: Uint8Array): FromNode {
  checkLength(bytes);
  const type = fromKinds[bytes[0] ?? fromKinds.length];
  const body = bytes.subarray(1);
  switch (type) {
    case "hello":
      return read(body, 2, (reader) => ({
        type,
        key: reader.text(maxKeyBytes),
        facts: reader.tuple(factCount, () => readFacts(reader)),
      }));
    case "announce":
      return decodeAnnounce(body);
    case "started":
      return readBatch(body, leaseColumns + 1, (batch) => {
        const leases = readLeases(batch);
        const runningMs = batch.each(leases.length, asDuration);
        return {
          type,
          leases: leases.map((ref, index) => ({ ...ref, runningMs: at(runningMs, index) })),
        };
      });
    case "done":
      return { type, ends: decodeDone(body) };
    case "returned":
      return { type, leases: readBatch(body, leaseColumns, readLeases) };
    case "slots":
      return read(body, 1, (reader) => ({ type, slots: reader.uint(limits.maxSlots) }));
    case "draining":
      return read(body, 0, () => ({ type }));
    case "wantCode":
      return read(body, 1, (reader) => ({ type, computation: readComputation(reader) }));
    case undefined:
      throw new MalformedTupleError("Cannot read a message: it is of no known kind");
    default:
      return assertNever(type);
  }
}

function encodeLeases(kind: number, leases: readonly LeaseRef[]): Uint8Array {
  const batch = new BatchWriter();
  addLeases(batch, leases);
  return batch.finish(kind);
}

/** Clusters are told once, with their computations, and which of them a lease is of. */
function encodeAssign(kind: number, { leases, args }: AssignMessage): Uint8Array {
  const clusters = new Map<ClusterId, { number: number; computation: ComputationId }>();
  const numbers = leases.map(({ cluster, computation }) => {
    const known = clusters.get(cluster) ?? { number: clusters.size, computation };
    clusters.set(cluster, known);
    return known.number;
  });
  const batch = new BatchWriter();
  addLeases(batch, leases);
  batch.addEach(leases.map(({ attempt }) => attempt));
  batch.add([...clusters].map(([cluster, { computation }]) => [cluster, computation]));
  batch.addEach(numbers);
  batch.addEach(leases.map(({ expires }) => expires));
  batch.addPacked(args);
  return batch.finish(kind);
}

function decodeAssign(body: Uint8Array): AssignMessage {
  return readBatch(body, leaseColumns + 5, (batch) => {
    const refs = readLeases(batch);
    const count = refs.length;
    const attempts = batch.each(count, asUint());
    const clusters = batch.list((item) => {
      const [cluster, computation] = asRow(2)(item);
      return { cluster: asId<ClusterId>(cluster), computation: asComputation(computation) };
    });
    const owners = batch.each(count, asChoice(clusters));
    const expires = batch.each(count, asFlag);
    const args = batch.packed(count);
    const leases = refs.map(({ job, lease, epoch }, index): AssignedLease => {
      const { cluster, computation } = at(owners, index);
      return {
        job,
        lease,
        epoch,
        attempt: at(attempts, index),
        cluster,
        computation,
        expires: at(expires, index),
      };
    });
    return { type: "assign", leases, args };
  });
}

type Announce = Extract<FromNode, { type: "announce" }>;

function encodeAnnounce(kind: number, message: Announce): Uint8Array {
  const { instance, slots, draining, held, outbox } = message;
  const batch = new BatchWriter();
  for (const column of [instance, slots, draining]) batch.add(column);
  addLeases(batch, held);
  batch.add(held.map(({ runningMs }) => runningMs ?? null));
  addLeases(batch, outbox);
  return batch.finish(kind);
}

function decodeAnnounce(body: Uint8Array): Announce {
  return readBatch(body, 3 + leaseColumns + 1 + leaseColumns, (batch) => {
    const instance = batch.one(asId<InstanceId>);
    const slots = batch.one(asUint(limits.maxSlots));
    const draining = batch.one(asFlag);
    const refs = readLeases(batch);
    const runningMs = batch.each(refs.length, asOptionalDuration);
    const held = refs.map((ref, index): HeldLease => ({ ...ref, runningMs: at(runningMs, index) }));
    return { type: "announce", instance, slots, draining, held, outbox: readLeases(batch) };
  });
}

function encodeDone(kind: number, ends: readonly LeaseEnd[]): Uint8Array {
  const batch = new BatchWriter();
  addLeases(batch, ends);
  // Microseconds will do, and make short numbers.
  batch.addEach(ends.map(({ runMs }) => Math.round(runMs * 1000) / 1000));
  batch.addEach(ends.map(({ outcome }) => outcomeNumber(outcome)));
  batch.addPacked(ends.map(({ outcome }) => detailOf(outcome)));
  return batch.finish(kind);
}

function decodeDone(body: Uint8Array): LeaseEnd[] {
  return readBatch(body, leaseColumns + 3, (batch) => {
    const refs = readLeases(batch);
    const count = refs.length;
    const runMs = batch.each(count, asDuration);
    const outcomes = batch.each(count, asUint(outcomeCount - 1));
    const details = batch.optionalPacked(count);
    return refs.map(({ job, lease, epoch }, index) => ({
      job,
      lease,
      epoch,
      outcome: outcomeOf(at(outcomes, index), details[index]),
      runMs: at(runMs, index),
    }));
  });
}
