import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import { suiteNames } from "../../../lib/wire/handshake.ts";
import { bulkLengthBytes, maxRecordPayloadBytes } from "../../../lib/wire/record.ts";
import { RecordKeys } from "../../../lib/wire/record_keys.ts";
import { RecordReader } from "../../../lib/wire/record_reader.ts";
import { RecordWriter } from "../../../lib/wire/record_writer.ts";
import type { RecordEvent } from "../../../lib/wire/record.ts";
import {
  cryptos,
  framesOf,
  quickCrypto as crypto,
  readChunk,
  rising,
  sealLong,
} from "./fixtures.ts";

const key = rising(7);

function kinds(events: readonly RecordEvent[]): string[] {
  return events.map((event) => event.kind === "failed" ? event.reason : event.kind);
}

for (const suite of suiteNames) {
  describe(`records (${suite})`, () => {
    for (const [name, implementation] of cryptos) {
      it(`messages, pings and the goodbye arrive in order (${name})`, () => {
        const writer = new RecordWriter(implementation, key, suite);
        const reader = new RecordReader(implementation, key, suite);
        const messages = [rising(1, 0), rising(1, 1), rising(3, 70_000)];
        const stream = [...messages.flatMap((message) => framesOf(writer.message(message)))];
        const events = readChunk(reader, concatBytes(...stream, writer.ping(), writer.bye()));
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
      const writer = new RecordWriter(crypto, key, suite);
      const reader = new RecordReader(crypto, key, suite);
      const message = new Uint8Array(maxRecordPayloadBytes * 2 + 5).fill(9);
      const found: RecordEvent[] = [];
      let records = 0;
      for (const record of writer.message(message)) {
        const frame = concatBytes(...framesOf([record]));
        records++;
        assert.ok(frame.length <= limits.maxRecordBytes + 4);
        found.push(...readChunk(reader, frame), ...readChunk(reader, writer.ping()));
      }
      assert.equal(records, 3);
      assert.deepEqual(kinds(found), ["ping", "ping", "message", "ping"]);
      assert.ok(found[2]?.kind === "message");
      assert.deepEqual(found[2].bytes, message);
    });

    it("each record that opens is counted, and bytes that open nothing are not", () => {
      const [writer, reader] = [
        new RecordWriter(crypto, key, suite),
        new RecordReader(crypto, key, suite),
      ];
      const [first, last] = framesOf(writer.message(new Uint8Array(maxRecordPayloadBytes + 1)));
      assert.ok(first !== undefined && last !== undefined);
      assert.deepEqual(readChunk(reader, first.subarray(0, 1000)), []);
      assert.equal(reader.openedRecords, 0);
      assert.deepEqual(readChunk(reader, first.subarray(1000)), []);
      assert.equal(reader.openedRecords, 1);
      last[last.length - 1] = (last[last.length - 1] ?? 0) ^ 1;
      readChunk(reader, last);
      assert.equal(reader.openedRecords, 1);
    });

    it("a message of exactly one record stays one", () => {
      const writer = new RecordWriter(crypto, key, suite);
      assert.equal(framesOf(writer.message(new Uint8Array(maxRecordPayloadBytes))).length, 1);
      assert.equal(framesOf(writer.message(new Uint8Array(maxRecordPayloadBytes + 1))).length, 2);
    });

    it("a message beyond the limit is refused by the writer and by the reader", () => {
      const writer = new RecordWriter(crypto, key, suite);
      const reader = new RecordReader(crypto, key, suite);
      const tooLong = new Uint8Array(limits.maxMessageBytes + 1);
      assert.throws(() => writer.message(tooLong).next(), RangeError);
      const part = tooLong.subarray(0, maxRecordPayloadBytes + 1);
      let last: RecordEvent[] = [];
      for (let sent = 0; last.length === 0 && sent <= limits.maxMessageBytes; sent += part.length) {
        // The first record of two is one that announces more.
        const { value, done } = writer.message(part).next();
        last = readChunk(reader, concatBytes(...framesOf(done === true ? [] : [value])));
      }
      assert.deepEqual(kinds(last), ["tooLong"]);
    });

    it("a record that is dropped, repeated or swapped ends the stream", () => {
      const make = () => {
        const writer = new RecordWriter(crypto, key, suite);
        return [1, 2, 3].map((text) => concatBytes(...framesOf(writer.message(rising(text, 4)))));
      };
      const orders = [[1], [0, 0], [0, 2], [1, 0]];
      for (const order of orders) {
        const frames = make();
        const reader = new RecordReader(crypto, key, suite);
        const events = order.flatMap((index) =>
          readChunk(reader, frames[index] ?? new Uint8Array(0))
        );
        assert.equal(kinds(events).at(-1), "badTag");
        assert.deepEqual(readChunk(reader, frames[2] ?? new Uint8Array(0)), []);
      }
    });

    it("no flipped byte is accepted, and no part of the message comes out", () => {
      const writer = new RecordWriter(crypto, key, suite);
      const stream = concatBytes(...framesOf(writer.message(rising(5, 64))));
      let accepted = 0;
      for (let index = 0; index < stream.length; index++) {
        const changed = stream.slice();
        changed[index] = (changed[index] ?? 0) ^ 0x01;
        const reader = new RecordReader(crypto, key, suite);
        const events = [...readChunk(reader, changed), ...reader.end()];
        assert.equal(events.length, 1);
        if (events[0]?.kind !== "failed") accepted++;
      }
      assert.equal(accepted, 0);
    });

    it("an end without goodbye is a cut, an end in the middle too, and bytes after it fail", () => {
      const writer = new RecordWriter(crypto, key, suite);
      const [message] = framesOf(writer.message(rising(1, 3)));
      assert.ok(message !== undefined);
      const reader = new RecordReader(crypto, key, suite);
      assert.deepEqual(kinds(readChunk(reader, message)), ["message"]);
      assert.deepEqual(kinds(reader.end()), ["truncated"]);
      const other = new RecordReader(crypto, key, suite);
      const bye = new RecordWriter(crypto, key, suite).bye();
      assert.deepEqual(kinds(readChunk(other, concatBytes(bye, Uint8Array.of(0)))), [
        "bye",
        "afterBye",
      ]);
      assert.deepEqual(readChunk(other, message), []);
    });

    it("nothing can be sealed after the goodbye", () => {
      const writer = new RecordWriter(crypto, key, suite);
      writer.bye();
      assert.throws(() => writer.ping(), /the goodbye is sent/);
      assert.throws(() => framesOf(writer.message(rising(1))), /the goodbye is sent/);
      assert.throws(() => writer.bye(), /the goodbye is sent/);
    });

    it("both directions have keys of their own: a reflected record fails", () => {
      const writer = new RecordWriter(crypto, key, suite);
      const reader = new RecordReader(crypto, rising(8), suite);
      assert.deepEqual(kinds(readChunk(reader, writer.ping())), ["badTag"]);
    });
  });

  describe(`records that only a member could seal (${suite})`, () => {
    /** A stream of records with the given plaintexts. */
    const seal = (...plaintexts: Uint8Array[]): Uint8Array => {
      const keys = new RecordKeys(crypto, key, suite);
      return concatBytes(...plaintexts.map((bytes) => {
        const { isLong, nonce, key } = keys.next(bytes.length);
        const box = isLong ? sealLong({ bytes, nonce, key }) : crypto.seal(bytes, nonce, key);
        const frame = new Uint8Array(4 + box.length);
        new DataView(frame.buffer).setUint32(0, box.length);
        frame.set(box, 4);
        return frame;
      }));
    };
    const full = new Uint8Array(1 + maxRecordPayloadBytes).fill(2, 0, 1);
    const fullBulk = new Uint8Array(1 + maxRecordPayloadBytes);
    fullBulk.set([6, 0, 5, 0, 0]);
    const endedBulk = fullBulk.slice();
    new DataView(endedBulk.buffer).setUint32(1, maxRecordPayloadBytes - bulkLengthBytes);
    const cases: [string, Uint8Array[]][] = [
      ["of type 0", [Uint8Array.of(0)]],
      ["of an unknown type", [Uint8Array.of(7)]],
      ["that announce more but are not full", [Uint8Array.of(2, 9)]],
      ["that announce more but are empty", [Uint8Array.of(2)]],
      ["pings with a content", [Uint8Array.of(3, 1)]],
      ["goodbyes with a content", [Uint8Array.of(4, 1)]],
      ["goodbyes inside a message", [full, Uint8Array.of(4)]],
      ["goodbyes that are long", [new Uint8Array(20_000).fill(4, 0, 1)]],
      ["goodbyes inside a bulk message", [fullBulk, Uint8Array.of(4)]],
      ["bulk messages without a length", [Uint8Array.of(5, 0, 0, 0)]],
      ["bulk messages longer than they say", [Uint8Array.of(5, 0, 0, 0, 1, 8, 9)]],
      ["bulk messages shorter than they say", [Uint8Array.of(5, 0, 0, 0, 1)]],
      ["bulk messages that go on at their end", [endedBulk]],
      ["bulk messages whose part is not full", [Uint8Array.of(6, 0, 0, 0, 9, 1)]],
    ];
    for (const [what, plaintexts] of cases) {
      it(`${what} end the stream`, () => {
        const reader = new RecordReader(crypto, key, suite);
        assert.deepEqual(kinds(readChunk(reader, seal(...plaintexts))), ["badRecord"]);
      });
    }

    it("of a bulk message that announces too much end the stream before memory is set aside", () => {
      const reader = new RecordReader(crypto, key, suite);
      const announced = Uint8Array.of(5, 0xff, 0xff, 0xff, 0xff);
      assert.deepEqual(kinds(readChunk(reader, seal(announced))), ["tooLong"]);
    });

    it("without a plaintext are no frames", () => {
      const reader = new RecordReader(crypto, key, suite);
      assert.deepEqual(kinds(readChunk(reader, seal(new Uint8Array(0)))), ["badLength"]);
    });
  });

  describe(`rekey (${suite})`, () => {
    const rules = [{ records: 3, bytes: 1e9 }, { records: 1e9, bytes: 30 }, {
      records: 1,
      bytes: 1,
    }];

    it("happens on both sides by itself, by records or by bytes", () => {
      for (const rule of rules) {
        const writer = new RecordWriter(crypto, key, suite, rule);
        const reader = new RecordReader(crypto, key, suite, rule);
        for (let index = 0; index < 20; index++) {
          const events = readChunk(
            reader,
            concatBytes(...framesOf(writer.message(rising(index, 10)))),
          );
          assert.deepEqual(kinds(events), ["message"]);
        }
      }
    });

    it("gives other bytes from the first record under the new key on", () => {
      const plain = new RecordWriter(crypto, key, suite);
      const changing = new RecordWriter(crypto, key, suite, { records: 2, bytes: 1e9 });
      const same = [0, 1, 2].map(() => plain.ping().toHex() === changing.ping().toHex());
      assert.deepEqual(same, [true, true, false]);
    });

    it(`takes place after ${limits.rekeyAfterRecords} records`, () => {
      const writer = new RecordWriter(crypto, key, suite);
      const reader = new RecordReader(crypto, key, suite);
      const never = new RecordWriter(crypto, key, suite, { records: Infinity, bytes: Infinity });
      let changedAt = -1;
      for (let index = 0; index <= limits.rekeyAfterRecords + 1; index++) {
        const frame = writer.ping();
        assert.equal(readChunk(reader, frame)[0]?.kind, "ping");
        const isSame = never.ping().every((byte, at) => byte === frame[at]);
        if (!isSame && changedAt === -1) changedAt = index;
      }
      assert.equal(changedAt, limits.rekeyAfterRecords);
    });
  });
}
