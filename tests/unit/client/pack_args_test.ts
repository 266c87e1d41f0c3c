import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { packArgs } from "../../../lib/client/pack_args.ts";
import { unpackValue } from "../../../lib/wire/value.ts";

const toWorker = { isolation: "worker", transfer: [], mayRunAgain: false } as const;
const toProcess = { ...toWorker, isolation: "process" } as const;

describe("packArgs()", () => {
  it("takes plain arguments as JSON text", () => {
    for (const options of [toWorker, toProcess]) {
      assert.deepEqual(packArgs([1, { a: "b" }], options), { packed: '[1,{"a":"b"}]' });
    }
  });

  it("passes shared memory to a Worker by reference, each once", () => {
    const memory = new SharedArrayBuffer(4);
    const { packed, references = [], transfer } = packArgs([memory, { again: memory }], toWorker);
    assert.deepEqual([references, transfer], [[memory], undefined]);
    assert.deepEqual(unpackValue(packed, { reference: (at) => references[at] }), [
      memory,
      { again: memory },
    ]);
    assert.throws(() => packArgs([memory], toProcess), { name: "UnsupportedValueError" });
  });

  it("empties moved buffers at once, and keeps what they held", () => {
    const buffer = new Uint8Array([1, 2, 3]).buffer;
    const view = new Uint8Array(buffer, 1);
    const packedArgs = packArgs([view], { ...toWorker, transfer: [buffer, buffer] });
    assert.ok(buffer.detached);
    const { packed, references = [], transfer = [] } = packedArgs;
    assert.deepEqual([references.length, transfer], [1, references]);
    const [arrived] = unpackValue(packed, { reference: (at) => references[at] }) as [Uint8Array];
    assert.deepEqual(arrived, new Uint8Array([2, 3]));
  });

  it("keeps a job that may run again from giving them away", () => {
    const buffer = new ArrayBuffer(8);
    const options = { ...toWorker, transfer: [buffer], mayRunAgain: true };
    const { references, transfer } = packArgs([buffer], options);
    assert.ok(buffer.detached);
    assert.deepEqual([references?.length, transfer], [1, undefined]);
  });

  it("sends the bytes of moved buffers to a process", () => {
    const buffer = new Uint8Array([5, 6]).buffer;
    const { packed, references } = packArgs([buffer], { ...toProcess, transfer: [buffer] });
    assert.ok(buffer.detached);
    assert.equal(references, undefined);
    assert.deepEqual(unpackValue(packed), [new Uint8Array([5, 6]).buffer]);
  });

  it("moves nothing when something is wrong", () => {
    for (const options of [toWorker, toProcess]) {
      const buffer = new ArrayBuffer(2);
      const stray = new ArrayBuffer(2);
      const moving = (...transfer: ArrayBuffer[]) => ({ ...options, transfer });
      assert.throws(
        () => packArgs([buffer], moving(buffer, stray)),
        /move transfer\[1\]: it is not in/,
      );
      assert.throws(() => packArgs([buffer, () => 1], moving(buffer)), /it is a function/);
      const view = new Uint8Array(buffer) as unknown as ArrayBuffer;
      assert.throws(() => packArgs([view], moving(view)), /transfer\[0\]: it is no ArrayBuffer/);
      assert.equal(buffer.detached, false);
    }
  });
});
