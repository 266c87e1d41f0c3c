import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { splitTasks } from "../../../lib/node/task_batches.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

describe("splitTasks()", () => {
  it("numbers the tasks of a text from its first", () => {
    assert.deepEqual(splitTasks('[5,[1],["a",{"b":null}]]'), [
      { seq: 5, packed: "[1]" },
      { seq: 6, packed: '["a",{"b":null}]' },
    ]);
  });

  it("goes on from 0 after the last number", () => {
    const seqs = splitTasks(`[${2 ** 30 - 1},[],[]]`).map(({ seq }) => seq);
    assert.deepEqual(seqs, [2 ** 30 - 1, 0]);
  });

  it("takes packed arguments as they are", () => {
    const packed = Uint8Array.of(1);
    const batch = { type: "tasks", first: 1, args: [packed, "[2]"] } as const;
    assert.deepEqual(splitTasks(batch), [{ seq: 1, packed }, { seq: 2, packed: "[2]" }]);
  });

  it("gives each task its memory limit, if it has one", () => {
    const batch = { type: "tasks", first: 1, args: ["[1]", "[2]"], memoryLimits: [0, 9] } as const;
    assert.deepEqual(splitTasks(batch), [
      { seq: 1, packed: "[1]" },
      { seq: 2, packed: "[2]", memoryLimitBytes: 9 },
    ]);
  });

  for (
    const text of ["", "[", "{}", "[]", "[-1,[]]", "[0.5,[]]", '["0",[]]', "[0,1]", "[1e99,[]]"]
  ) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => splitTasks(text), MalformedTupleError);
    });
  }
});
