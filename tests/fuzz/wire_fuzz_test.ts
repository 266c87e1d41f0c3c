/**
 * Throws damaged input at every byte machine of lib/wire. Each case prints one line; FUZZ_RUNS and FUZZ_SEED set how
 * much and from where.
 */
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../lib/proto/limits.ts";
import { concatBytes } from "../../lib/wire/bytes.ts";
import { openDiscovery, sealDiscovery } from "../../lib/wire/discovery_packet.ts";
import { FrameDecoder } from "../../lib/wire/frame.ts";
import { type Suite, suiteNames } from "../../lib/wire/handshake.ts";
import { Initiator } from "../../lib/wire/handshake_initiator.ts";
import { Responder } from "../../lib/wire/handshake_responder.ts";
import { decodePeerHello } from "../../lib/wire/hello.ts";
import { formatKeyLine, KeyFileError, parseKeyFile } from "../../lib/wire/keyfile.ts";
import { RecordReader } from "../../lib/wire/record_reader.ts";
import { RecordWriter } from "../../lib/wire/record_writer.ts";
import { minLongRecordBytes } from "../../lib/wire/record.ts";
import type { RecordEvent } from "../../lib/wire/record.ts";
import { MalformedTupleError } from "../../lib/wire/tuple.ts";
import { MalformedValueError, packValue, unpackValue } from "../../lib/wire/value.ts";
import {
  framesOf,
  initiatorConfig,
  openLong,
  quickCrypto as crypto,
  readChunk,
  responderConfig,
  rising,
  rootSecret,
  shakeHands,
} from "../unit/wire/fixtures.ts";
import { discoveryExample, valueExamples } from "../unit/wire/vector_examples.ts";
import { fuzz, runs } from "./fuzz.ts";
import { isSame, mutate } from "./wire_mutator.ts";

/** What a machine says, as text that can be compared. */
function told(events: readonly unknown[]): string {
  return JSON.stringify(
    events,
    (_, item) => item instanceof Uint8Array ? new Uint8Array(item).toHex() : item,
  );
}

/** Feeds a stream whole, then cut in two at every `step`-th offset, and byte by byte: all must say the same. */
function sameHoweverCut(
  stream: Uint8Array,
  run: (chunks: Uint8Array[]) => string,
  step = 1,
): string {
  const whole = run([stream]);
  for (let at = 1; at < stream.length; at += step) {
    assert.equal(run([stream.subarray(0, at), stream.subarray(at)]), whole, `cut at ${at}`);
  }
  assert.equal(run(Array.from(stream, (byte) => Uint8Array.of(byte))), whole);
  return whole;
}

/** A stream of one direction; in suite 2 two of its records are long ones. */
function recordsIn(suite: Suite): Uint8Array {
  const writer = new RecordWriter(crypto, rising(7), suite);
  const longBytes = suite === "aes" ? minLongRecordBytes : 40;
  return concatBytes(
    ...framesOf(writer.message(rising(1, 20))),
    writer.ping(),
    ...framesOf(writer.message(rising(3, longBytes))),
    ...framesOf(writer.message(rising(2, 5))),
    ...framesOf(writer.message(rising(4, longBytes), "bulk")),
    writer.bye(),
  );
}

/** Reads a stream, its long records opened as soon as they are met, or the last first when all is read. */
function readRecords(suite: Suite, chunks: readonly Uint8Array[], isLate = false): RecordEvent[] {
  const reader = new RecordReader(crypto, rising(7), suite);
  if (!isLate) return [...chunks.flatMap((chunk) => readChunk(reader, chunk)), ...reader.end()];
  const events = [...chunks.flatMap((chunk) => reader.push(chunk)), ...reader.end()];
  const asked = events.flatMap((event) => event.kind === "open" ? [event.record] : []);
  const later = asked.reverse().flatMap((record) => reader.opened(record, openLong(record)));
  return [...events.filter(({ kind }) => kind !== "open"), ...later];
}

const { m1, m2, m3 } = shakeHands();

describe("fuzz: streams", () => {
  it("frames come out the same however the stream is cut", () => {
    fuzz("frame decoder", runs / 10, (rng) => {
      const frames = Array.from({ length: rng.below(5) }, () => {
        const body = rng.bytes(1 + rng.below(12));
        return Uint8Array.of(0, 0, 0, body.length, ...body);
      });
      const stream = mutate(rng, concatBytes(...frames, rng.bytes(3)), rng.bytes(8));
      sameHoweverCut(stream, (chunks) => {
        const decoder = new FrameDecoder(1, 16);
        const batches = chunks.map((chunk) => decoder.push(chunk));
        return told([batches.flatMap(({ frames }) => frames), decoder.isBetweenFrames]);
      });
      return false;
    });
  });

  for (const suite of suiteNames) {
    const records = recordsIn(suite);
    // Long streams are cut at some of their offsets.
    const cutStep = suite === "aes" ? 499 : 1;

    it(`damaged records give a prefix of what was sent, then fail (${suite})`, () => {
      const genuine = readRecords(suite, [records]).map((event) => told([event]));
      assert.equal(genuine.length, 6);
      fuzz(`record reader, ${suite}`, suite === "aes" ? runs / 4 : runs, (rng) => {
        const stream = mutate(rng, records, m2);
        if (isSame(stream, records)) return false;
        const events = readRecords(suite, [stream]);
        assert.equal(told(readRecords(suite, [stream], true)), told(events), "opened late");
        const last = events.at(-1);
        if (last?.kind !== "failed") return true;
        return events.slice(0, -1).some((event, index) => told([event]) !== genuine[index]);
      });
      fuzz(`record reader, ${suite}, cut`, runs / 20, (rng) => {
        const stream = mutate(rng, records, m2);
        sameHoweverCut(stream, (chunks) => told(readRecords(suite, chunks)), cutStep);
        return false;
      });
    });

    it(`no flipped byte of a stream is accepted (${suite})`, () => {
      const genuine = readRecords(suite, [records]).map((event) => told([event]));
      let offset = 0;
      fuzz(`record reader, ${suite}, each byte`, suite === "aes" ? 1000 : records.length, (rng) => {
        const stream = records.slice();
        const at = suite === "aes" ? rng.below(records.length) : offset++;
        stream[at] = (stream[at] ?? 0) ^ (1 << rng.below(8));
        const events = readRecords(suite, [stream]);
        return events.at(-1)?.kind !== "failed" ||
          events.slice(0, -1).some((event, index) => told([event]) !== genuine[index]);
      });
    });
  }
});

describe("fuzz: handshake in each state", () => {
  it("awaitM1: no damaged first message is answered", () => {
    fuzz("handshake awaitM1", runs, (rng) => {
      const changed = mutate(rng, m1, m3);
      if (isSame(changed, m1)) return false;
      return new Responder(responderConfig()).push(changed).some(({ kind }) => kind !== "closed");
    });
  });

  it("awaitM2: no damaged second message is answered", () => {
    fuzz("handshake awaitM2", runs / 2, (rng) => {
      const changed = mutate(rng, m2, m1);
      if (isSame(changed, m2)) return false;
      const initiator = new Initiator(initiatorConfig());
      initiator.start();
      return initiator.push(changed).some(({ kind }) => kind !== "closed");
    });
  });

  it("awaitM3: no damaged third message opens", () => {
    fuzz("handshake awaitM3", runs / 2, (rng) => {
      const changed = mutate(rng, m3, m1);
      if (isSame(changed, m3)) return false;
      const responder = new Responder(responderConfig());
      responder.push(m1);
      return responder.push(changed).some(({ kind }) => kind !== "closed");
    });
  });

  it("open and closed: bytes do nothing", () => {
    fuzz("handshake open and closed", runs / 2, (rng) => {
      const open = new Responder(responderConfig());
      open.push(m1);
      open.push(m3);
      assert.equal(open.phase, "open");
      const closed = new Responder(responderConfig());
      closed.end();
      const noise = mutate(rng, m1, m2);
      return [...open.push(noise), ...closed.push(noise), ...closed.push(m1)].length > 0;
    });
  });

  it("genuine messages say the same however they are cut", () => {
    const answer = (chunks: Uint8Array[]) => {
      const responder = new Responder(responderConfig());
      return told(chunks.flatMap((chunk) => responder.push(chunk)));
    };
    const finish = (chunks: Uint8Array[]) => {
      const initiator = new Initiator(initiatorConfig());
      initiator.start();
      return told(chunks.flatMap((chunk) => initiator.push(chunk)));
    };
    const open = (chunks: Uint8Array[]) => {
      const responder = new Responder(responderConfig());
      responder.push(m1);
      return told(chunks.flatMap((chunk) => responder.push(chunk)));
    };
    assert.ok(sameHoweverCut(m1, answer).includes(m2.toHex()));
    assert.ok(sameHoweverCut(m2, finish).includes(m3.toHex()));
    assert.ok(sameHoweverCut(m3, open).includes('"kind":"open"'));
  });
});

describe("fuzz: packets, files and values", () => {
  it("discovery: no damaged packet says anything", () => {
    const key = rising(0x11);
    const datagram = sealDiscovery(crypto, key, rising(0xc0, 24), discoveryExample);
    fuzz("discovery packet", runs, (rng) => {
      const changed = mutate(rng, datagram, m2).slice(0, limits.discoveryPacketBytes);
      const sized = new Uint8Array(limits.discoveryPacketBytes);
      sized.set(changed);
      if (isSame(sized, datagram)) return false;
      return [changed, sized].some((bytes) =>
        !isSame(bytes, datagram) && openDiscovery(crypto, [key], bytes) !== undefined
      );
    });
  });

  it("what members seal may be nonsense, and is refused by one error", () => {
    fuzz("hello", runs * 5, (rng) => {
      const genuine = Uint8Array.fromHex(
        "00188401666e6f64652d6150808182838485868788898a8b8c8d8e8ff6",
      );
      const padded = new Uint8Array(64);
      padded.set(mutate(rng, genuine, rng.bytes(20)).slice(0, 64));
      try {
        decodePeerHello(padded);
      } catch (error) {
        assert.ok(error instanceof MalformedTupleError);
      }
      return false;
    });
  });

  it("key files: no damaged line gives a key that is not the one", () => {
    const line = formatKeyLine(crypto, { kind: "cluster", secret: rootSecret });
    const genuine = new TextEncoder().encode(line);
    fuzz("key file", runs, (rng) => {
      const text = new TextDecoder().decode(mutate(rng, genuine, genuine));
      try {
        const lines = parseKeyFile(crypto, text);
        return lines.some((found) => found.kind !== "cluster" || !isSame(found.secret, rootSecret));
      } catch (error) {
        assert.ok(error instanceof KeyFileError);
        return false;
      }
    });
  });

  it("values: damaged bytes and text give a value or one error", () => {
    const packed = valueExamples().map(({ value }) => packValue([value, value, 1n]));
    const inputs = packed.filter((item) => typeof item !== "string");
    fuzz("value codec, bytes", runs * 5, (rng) => {
      const changed = mutate(rng, rng.pick(inputs), rng.pick(inputs));
      try {
        unpackValue(new Uint8Array(changed));
      } catch (error) {
        assert.ok(error instanceof MalformedValueError, String(error));
      }
      return false;
    });
    const text = new TextEncoder().encode(
      '[{"a":[1,-2.5e3,"\\u00e9",null,true]},{"__proto__":{"x":1}}]',
    );
    fuzz("value codec, text", runs * 5, (rng) => {
      try {
        unpackValue(new TextDecoder().decode(mutate(rng, text, text)));
      } catch (error) {
        assert.ok(error instanceof MalformedValueError, String(error));
      }
      assert.equal(({} as { x?: unknown }).x, undefined);
      return false;
    });
  });
});
