import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import { maxRecordPayloadBytes, RecordReader, RecordWriter } from "../../../lib/wire/record.ts";
import type { RecordEvent } from "../../../lib/wire/record.ts";
import { cryptos, quickCrypto as crypto, rising } from "./fixtures.ts";

const key = rising(7);

function kinds(events: readonly RecordEvent[]): string[] {
  return events.map((event) => event.kind === "failed" ? event.reason : event.kind);
}

describe("records", () => {
  for (const [name, implementation] of cryptos) {
    it(`messages, pings and the goodbye arrive in order (${name})`, () => {
      const writer = new RecordWriter(implementation, key);
      const reader = new RecordReader(implementation, key);
      const messages = [rising(1, 0), rising(1, 1), rising(3, 70_000)];
      const stream = [...messages.flatMap((message) => [...writer.message(message)])];
      const events = reader.push(concatBytes(...stream, writer.ping(), writer.bye()));
      assert.deepEqual(kinds(events), ["message", "message", "message", "ping", "bye"]);
      messages.forEach((message, index) => {
        const event = events[index];
        assert.ok(event?.kind === "message");
        assert.deepEqual(new Uint8Array(event.bytes), message);
      });
      assert.deepEqual(reader.end(), []);
    });
  }

  it("a long message takes several records, and pings may pass between them", () => {
    const writer = new RecordWriter(crypto, key);
    const reader = new RecordReader(crypto, key);
    const message = new Uint8Array(maxRecordPayloadBytes * 2 + 5).fill(9);
    const found: RecordEvent[] = [];
    let records = 0;
    for (const frame of writer.message(message)) {
      records++;
      assert.ok(frame.length <= limits.maxRecordBytes + 4);
      found.push(...reader.push(frame), ...reader.push(writer.ping()));
    }
    assert.equal(records, 3);
    assert.deepEqual(kinds(found), ["ping", "ping", "message", "ping"]);
    assert.ok(found[2]?.kind === "message");
    assert.deepEqual(found[2].bytes, message);
  });

  it("each record that opens is counted, and bytes that open nothing are not", () => {
    const [writer, reader] = [new RecordWriter(crypto, key), new RecordReader(crypto, key)];
    const [first, last] = [...writer.message(new Uint8Array(maxRecordPayloadBytes + 1))];
    assert.ok(first !== undefined && last !== undefined);
    assert.deepEqual(reader.push(first.subarray(0, 1000)), []);
    assert.equal(reader.openedRecords, 0);
    assert.deepEqual(reader.push(first.subarray(1000)), []);
    assert.equal(reader.openedRecords, 1);
    last[last.length - 1] = (last[last.length - 1] ?? 0) ^ 1;
    reader.push(last);
    assert.equal(reader.openedRecords, 1);
  });

  it("a message of exactly one record stays one", () => {
    const writer = new RecordWriter(crypto, key);
    assert.equal([...writer.message(new Uint8Array(maxRecordPayloadBytes))].length, 1);
    assert.equal([...writer.message(new Uint8Array(maxRecordPayloadBytes + 1))].length, 2);
  });

  it("a message beyond the limit is refused by the writer and by the reader", () => {
    const writer = new RecordWriter(crypto, key);
    const reader = new RecordReader(crypto, key);
    const tooLong = new Uint8Array(limits.maxMessageBytes + 1);
    assert.throws(() => writer.message(tooLong).next(), RangeError);
    const part = tooLong.subarray(0, maxRecordPayloadBytes + 1);
    let last: RecordEvent[] = [];
    for (let sent = 0; last.length === 0 && sent <= limits.maxMessageBytes; sent += part.length) {
      // The first record of two is one that announces more.
      const { value } = writer.message(part).next();
      last = reader.push(value ?? new Uint8Array(0));
    }
    assert.deepEqual(kinds(last), ["tooLong"]);
  });

  it("a record that is dropped, repeated or swapped ends the stream", () => {
    const make = () => {
      const writer = new RecordWriter(crypto, key);
      return [1, 2, 3].map((text) => concatBytes(...writer.message(rising(text, 4))));
    };
    const orders = [[1], [0, 0], [0, 2], [1, 0]];
    for (const order of orders) {
      const frames = make();
      const reader = new RecordReader(crypto, key);
      const events = order.flatMap((index) => reader.push(frames[index] ?? new Uint8Array(0)));
      assert.equal(kinds(events).at(-1), "badTag");
      assert.deepEqual(reader.push(frames[2] ?? new Uint8Array(0)), []);
    }
  });

  it("no flipped byte is accepted, and no part of the message comes out", () => {
    const writer = new RecordWriter(crypto, key);
    const stream = concatBytes(...writer.message(rising(5, 64)));
    let accepted = 0;
    for (let index = 0; index < stream.length; index++) {
      const changed = stream.slice();
      changed[index] = (changed[index] ?? 0) ^ 0x01;
      const reader = new RecordReader(crypto, key);
      const events = [...reader.push(changed), ...reader.end()];
      assert.equal(events.length, 1);
      if (events[0]?.kind !== "failed") accepted++;
    }
    assert.equal(accepted, 0);
  });

  it("an end without goodbye is a cut, an end in the middle too, and bytes after it fail", () => {
    const writer = new RecordWriter(crypto, key);
    const [message] = [...writer.message(rising(1, 3))];
    assert.ok(message !== undefined);
    const reader = new RecordReader(crypto, key);
    assert.deepEqual(kinds(reader.push(message)), ["message"]);
    assert.deepEqual(kinds(reader.end()), ["truncated"]);
    const other = new RecordReader(crypto, key);
    const bye = new RecordWriter(crypto, key).bye();
    assert.deepEqual(kinds(other.push(concatBytes(bye, Uint8Array.of(0)))), ["bye", "afterBye"]);
    assert.deepEqual(other.push(message), []);
  });

  it("nothing can be sealed after the goodbye", () => {
    const writer = new RecordWriter(crypto, key);
    writer.bye();
    assert.throws(() => writer.ping(), /the goodbye is sent/);
    assert.throws(() => [...writer.message(rising(1))], /the goodbye is sent/);
    assert.throws(() => writer.bye(), /the goodbye is sent/);
  });

  it("both directions have keys of their own: a reflected record fails", () => {
    const writer = new RecordWriter(crypto, key);
    const reader = new RecordReader(crypto, rising(8));
    assert.deepEqual(kinds(reader.push(writer.ping())), ["badTag"]);
  });
});

describe("records that only a member could seal", () => {
  /** A stream of records with the given plaintexts. */
  const seal = (...plaintexts: Uint8Array[]): Uint8Array =>
    concatBytes(...plaintexts.map((plaintext, counter) => {
      const nonce = new Uint8Array(24);
      nonce[23] = counter;
      const box = crypto.seal(plaintext, nonce, key);
      const frame = new Uint8Array(4 + box.length);
      new DataView(frame.buffer).setUint32(0, box.length);
      frame.set(box, 4);
      return frame;
    }));
  const full = new Uint8Array(1 + maxRecordPayloadBytes).fill(2, 0, 1);
  const cases: [string, Uint8Array[]][] = [
    ["of type 0", [Uint8Array.of(0)]],
    ["of an unknown type", [Uint8Array.of(5)]],
    ["that announce more but are not full", [Uint8Array.of(2, 9)]],
    ["that announce more but are empty", [Uint8Array.of(2)]],
    ["pings with a content", [Uint8Array.of(3, 1)]],
    ["goodbyes with a content", [Uint8Array.of(4, 1)]],
    ["goodbyes inside a message", [full, Uint8Array.of(4)]],
  ];
  for (const [what, plaintexts] of cases) {
    it(`${what} end the stream`, () => {
      const reader = new RecordReader(crypto, key);
      assert.deepEqual(kinds(reader.push(seal(...plaintexts))), ["badRecord"]);
    });
  }

  it("without a plaintext are no frames", () => {
    const reader = new RecordReader(crypto, key);
    assert.deepEqual(kinds(reader.push(seal(new Uint8Array(0)))), ["badLength"]);
  });
});

describe("rekey", () => {
  const rules = [{ records: 3, bytes: 1e9 }, { records: 1e9, bytes: 30 }, { records: 1, bytes: 1 }];

  it("happens on both sides by itself, by records or by bytes", () => {
    for (const rule of rules) {
      const writer = new RecordWriter(crypto, key, rule);
      const reader = new RecordReader(crypto, key, rule);
      for (let index = 0; index < 20; index++) {
        const events = reader.push(concatBytes(...writer.message(rising(index, 10))));
        assert.deepEqual(kinds(events), ["message"]);
      }
    }
  });

  it("gives other bytes from the first record under the new key on", () => {
    const plain = new RecordWriter(crypto, key);
    const changing = new RecordWriter(crypto, key, { records: 2, bytes: 1e9 });
    const same = [0, 1, 2].map(() => plain.ping().toHex() === changing.ping().toHex());
    assert.deepEqual(same, [true, true, false]);
  });

  it(`takes place after ${limits.rekeyAfterRecords} records`, () => {
    const writer = new RecordWriter(crypto, key);
    const reader = new RecordReader(crypto, key);
    const never = new RecordWriter(crypto, key, { records: Infinity, bytes: Infinity });
    let changedAt = -1;
    for (let index = 0; index <= limits.rekeyAfterRecords + 1; index++) {
      const frame = writer.ping();
      assert.equal(reader.push(frame)[0]?.kind, "ping");
      const isSame = never.ping().every((byte, at) => byte === frame[at]);
      if (!isSame && changedAt === -1) changedAt = index;
    }
    assert.equal(changedAt, limits.rekeyAfterRecords);
  });
});
