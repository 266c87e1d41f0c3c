import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { minParcelLength } from "../../../lib/proto/executor.ts";
import {
  encodeMessage,
  encodeRunnerMessage,
  encodeTasks,
  MessageReader,
} from "../../../lib/runtime/channel.ts";

const messages: readonly (string | object)[] = [
  "",
  '[1,2,"\u{1f600}"]',
  { type: "ready" },
  { type: "results", results: [{ seq: 1, value: new Uint8Array([1, 2, 3]) }, { value: "text" }] },
  { first: new Uint8Array(0), second: new Uint8Array([9]), text: "after" },
  { nested: { list: [new Uint8Array([4, 5]), null, 1.5] } },
];

function bytesOf(all: readonly (string | object)[]): Buffer {
  return Buffer.concat(all.flatMap((message) => encodeMessage(message)));
}

function readAll(chunks: readonly Buffer[]): unknown[] {
  const read: unknown[] = [];
  const reader = new MessageReader((message) => read.push(message));
  for (const chunk of chunks) reader.push(chunk);
  return read;
}

describe("the channel between host and executor", () => {
  it("gives messages back as they were", () => {
    assert.deepEqual(readAll([bytesOf(messages)]), messages);
  });

  it("puts them together however they were cut", () => {
    const bytes = bytesOf(messages);
    for (let at = 0; at <= bytes.byteLength; at += 1) {
      const read = readAll([bytes.subarray(0, at), bytes.subarray(at)]);
      assert.deepEqual(read, messages, `cut at ${at}`);
    }
    assert.deepEqual(readAll([...bytes].map((byte) => Buffer.of(byte))), messages);
  });

  it("gives byte strings of their own, which no later chunk changes", () => {
    const bytes = bytesOf([{ part: new Uint8Array([1, 2, 3]) }]);
    const [message] = readAll([bytes]) as [{ part: Uint8Array }];
    bytes.fill(0);
    assert.deepEqual(message.part, new Uint8Array([1, 2, 3]));
    assert.equal(message.part.byteOffset, 0);
  });

  it("carries long texts as bytes, and does not read them on the way", () => {
    const long = JSON.stringify("ü".repeat(minParcelLength));
    const bytes = new Uint8Array(minParcelLength).fill(7);
    const parcel = { isText: true, bytes: new TextEncoder().encode("[1]") };
    const tasks = { type: "tasks", first: 3, args: ["[1]", long, bytes, parcel] } as const;
    const value = { seq: 1, ok: true, value: long, runMs: 2 };
    const frames = [
      ...encodeTasks(tasks),
      ...encodeTasks("[0,[1]]"),
      ...encodeRunnerMessage({ type: "results", results: [value] }),
      ...encodeRunnerMessage({ type: "ready" }),
    ];
    const stream = Buffer.concat(frames);
    const asBytes = { isText: true, bytes: new TextEncoder().encode(long) };
    const expected = [
      { type: "tasks", first: 3, args: ["[1]", asBytes, bytes, parcel] },
      "[0,[1]]",
      { type: "results", results: [{ ...value, value: asBytes }] },
      { type: "ready" },
    ];
    assert.deepEqual(readAll([stream]), expected);
    for (let at = 1; at < stream.byteLength; at += 997) {
      assert.deepEqual(readAll([stream.subarray(0, at), stream.subarray(at)]), expected);
    }
  });

  it("refuses lengths that no message of ours has, before it waits for them", () => {
    const frame = (length: number): Buffer => {
      const bytes = Buffer.alloc(5);
      bytes.writeUInt32LE(length, 0);
      return bytes;
    };
    for (const length of [0, limits.maxExecutorFrameBytes + 1, 2 ** 32 - 1]) {
      assert.throws(() => readAll([frame(length)]), {
        name: "RangeError",
        message: RegExp(`${length} bytes`),
      });
    }
    assert.deepEqual(readAll([frame(limits.maxExecutorFrameBytes)]), []);
  });

  it("throws for a frame that is none of ours, rather than give half of it", () => {
    const [bytes = assert.fail()] = encodeMessage({ type: "ready" });
    const broken = Buffer.from(bytes);
    broken[broken.byteLength - 1] = 0x22;
    assert.throws(() => readAll([broken]));
  });
});
