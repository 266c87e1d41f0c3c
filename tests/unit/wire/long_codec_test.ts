import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { concatBytes } from "../../../lib/wire/bytes.ts";
import {
  decodeLongResult,
  decodeLongTask,
  encodeLongResult,
  encodeLongTask,
} from "../../../lib/wire/long_codec.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { unpackValue } from "../../../lib/wire/value.ts";
import { rising } from "./fixtures.ts";

const bytes = rising(1, 100);
const result = { seq: 9, ok: false, value: bytes, runMs: 1.5, stdout: "\ufeffout\n", stderr: "" };

describe("long tasks and results", () => {
  it("arrive as parcels, their bytes not copied on either side", () => {
    const [head, body] = encodeLongTask({ seq: 7, packed: bytes });
    assert.equal(body, bytes);
    const message = concatBytes(head ?? bytes, bytes);
    const task = decodeLongTask(message);
    assert.deepEqual(task, { seq: 7, packed: { isText: false, bytes } });
    assert.ok(typeof task.packed === "object" && "bytes" in task.packed);
    assert.equal(task.packed.bytes.buffer, message.buffer);
  });

  it("carry the memory limit of a task", () => {
    const [head = bytes] = encodeLongTask({ seq: 7, packed: "[]", memoryLimitBytes: 2 ** 33 });
    assert.equal(decodeLongTask(head).memoryLimitBytes, 2 ** 33);
  });

  it("carry text as UTF-8, and what a result came with", () => {
    const message = concatBytes(...encodeLongResult({ ...result, value: '["grüße"]' }));
    const { value, ...rest } = decodeLongResult(message);
    assert.deepEqual(unpackValue(value), ["grüße"]);
    assert.deepEqual(rest, { seq: 9, ok: false, runMs: 1.5, stdout: "\ufeffout\n", stderr: "" });
  });

  it("are refused with every other head", () => {
    const genuine = concatBytes(...encodeLongResult(result));
    const headBytes = genuine.length - bytes.length;
    for (let length = 0; length < headBytes; length++) {
      assert.throws(() => decodeLongResult(genuine.subarray(0, length)), MalformedTupleError);
    }
    const tooLong = genuine.slice();
    tooLong[0] = 0xff;
    assert.throws(() => decodeLongResult(tooLong), MalformedTupleError);
    assert.throws(() => decodeLongTask(genuine), MalformedTupleError);
    for (const changes of [{ seq: 2 ** 30 }, { runMs: -1 }, { runMs: NaN }]) {
      const message = concatBytes(...encodeLongResult({ ...result, ...changes }));
      assert.throws(() => decodeLongResult(message), MalformedTupleError);
    }
  });
});
