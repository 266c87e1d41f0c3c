import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import { suiteNames } from "../../../lib/wire/handshake.ts";
import { maxRecordPayloadBytes } from "../../../lib/wire/record.ts";
import type { LongRecord, RecordEvent } from "../../../lib/wire/record.ts";
import { RecordReader } from "../../../lib/wire/record_reader.ts";
import { RecordWriter } from "../../../lib/wire/record_writer.ts";
import { framesOf, openLong, quickCrypto as crypto, readChunk, rising } from "./fixtures.ts";

const key = rising(7);
const longBytes = 20_000;

/** What came, in short. */
function told(events: readonly RecordEvent[]): string[] {
  return events.map((event) => {
    if (event.kind === "failed") return event.reason;
    return "bytes" in event ? `${event.kind} ${event.bytes.length}` : event.kind;
  });
}

/** Records that the events want opened. */
function asked(events: readonly RecordEvent[]): LongRecord[] {
  return events.flatMap((event) => event.kind === "open" ? [event.record] : []);
}

function inSuite2(): { writer: RecordWriter; reader: RecordReader } {
  return {
    writer: new RecordWriter(crypto, key, "aes"),
    reader: new RecordReader(crypto, key, "aes"),
  };
}

describe("long records", () => {
  it("hold back what is behind them until they are open, in whatever order that happens", () => {
    const { writer, reader } = inSuite2();
    const events = reader.push(concatBytes(
      ...framesOf(writer.message(new Uint8Array(1))),
      ...framesOf(writer.message(new Uint8Array(longBytes))),
      writer.ping(),
      ...framesOf(writer.message(new Uint8Array(longBytes + 1))),
      writer.bye(),
    ));
    assert.deepEqual(told(events), ["message 1", "open", "open"]);
    assert.equal(reader.openedRecords, 1);
    const [first, second] = asked(events);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(reader.unprovenBytes, first.bytes.length + second.bytes.length);
    assert.deepEqual(reader.end(), []);
    assert.deepEqual(reader.opened(second, openLong(second)), []);
    const rest = reader.opened(first, openLong(first));
    assert.deepEqual(told(rest), [
      `message ${longBytes}`,
      "ping",
      `message ${longBytes + 1}`,
      "bye",
    ]);
    assert.equal(reader.unprovenBytes, 0);
    assert.equal(reader.openedRecords, 5);
  });

  it("that do not open end the stream in their place, whatever is behind them", () => {
    const { writer, reader } = inSuite2();
    const events = reader.push(concatBytes(
      ...framesOf(writer.message(new Uint8Array(longBytes))),
      ...framesOf(writer.message(new Uint8Array(longBytes))),
      ...framesOf(writer.message(new Uint8Array(1))),
    ));
    const [first, second] = asked(events);
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(reader.opened(second, undefined), []);
    assert.deepEqual(told(reader.opened(first, openLong(first))), [
      `message ${longBytes}`,
      "badTag",
    ]);
    assert.deepEqual(reader.push(writer.ping()), []);
    assert.deepEqual(reader.opened(second, openLong(second)), [], "it was answered");
  });

  it("in work let failures and the end of the stream wait for their turn", () => {
    for (const bad of ["badTag", "truncated", "badLength", "afterBye"] as const) {
      const { writer, reader } = inSuite2();
      const long = concatBytes(...framesOf(writer.message(new Uint8Array(longBytes))));
      const [record] = asked(reader.push(long));
      assert.ok(record !== undefined);
      const foreign = new RecordWriter(crypto, rising(8), "aes").ping();
      const next = {
        badTag: () => reader.push(foreign),
        truncated: () => reader.end(),
        badLength: () => reader.push(new Uint8Array(4).fill(0xff)),
        afterBye: () => reader.push(concatBytes(writer.bye(), Uint8Array.of(0))),
      };
      assert.deepEqual(next[bad](), []);
      const events = told(reader.opened(record, openLong(record)));
      const bye = bad === "afterBye" ? ["bye"] : [];
      assert.deepEqual(events, [`message ${longBytes}`, ...bye, bad]);
    }
  });

  it("take as short ones no place of another, and cannot be repeated", () => {
    const make = () => {
      const writer = new RecordWriter(crypto, key, "aes");
      return [longBytes, 1, longBytes, 1].map((bytes) =>
        concatBytes(...framesOf(writer.message(new Uint8Array(bytes))))
      );
    };
    for (const order of [[2], [0, 0], [0, 2], [1], [0, 1, 3], [0, 1, 0]]) {
      const frames = make();
      const reader = new RecordReader(crypto, key, "aes");
      const events = order.flatMap((at) => readChunk(reader, frames[at] ?? new Uint8Array(0)));
      assert.equal(told(events).at(-1), "badTag", order.join());
    }
  });
});

for (const suite of suiteNames) {
  describe(`the two lanes (${suite})`, () => {
    it("keep their messages apart, however their records are mixed", () => {
      const writer = new RecordWriter(crypto, key, suite);
      const reader = new RecordReader(crypto, key, suite);
      const size = 3 * maxRecordPayloadBytes;
      const bulk = rising(1, size);
      const bulkRecords = writer.message(bulk, "bulk");
      const found: RecordEvent[] = [];
      const read = (records: Parameters<typeof framesOf>[0]): void => {
        for (const frame of framesOf(records)) found.push(...readChunk(reader, frame));
      };
      const take = (): void => {
        const { value, done } = bulkRecords.next();
        if (done !== true) read([value]);
      };
      take();
      read(writer.message(new Uint8Array(3)));
      take();
      const control = writer.message(new Uint8Array(maxRecordPayloadBytes + 9));
      const first = control.next();
      if (first.done !== true) read([first.value]);
      take();
      read(control);
      take();
      assert.deepEqual(told(found), [
        "message 3",
        `message ${maxRecordPayloadBytes + 9}`,
        `bulk ${size}`,
      ]);
      const last = found.at(-1);
      assert.ok(last?.kind === "bulk" && last.bytes.every((byte, index) => byte === bulk[index]));
    });

    it("a bulk message may be empty, and longer than a control message", () => {
      const writer = new RecordWriter(crypto, key, suite);
      const reader = new RecordReader(crypto, key, suite);
      const empty = concatBytes(...framesOf(writer.message(new Uint8Array(0), "bulk")));
      assert.deepEqual(told(readChunk(reader, empty)), ["bulk 0"]);
    });
  });
}
