import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapStack } from "../../../lib/code/map_stack.ts";
import { joinPieces } from "../../../lib/code/places.ts";

const computation = {
  filename: "muster:0123456789ab",
  ...joinPieces([
    { text: "(function($scope){" },
    { text: "line one\nline two", places: { kind: "same", file: "/user/file.ts" } },
    { text: "ours" },
    { text: "elsewhere", places: { kind: "whole", file: "/user/other.ts" } },
  ]),
};
const own = new URL("../../../lib/runtime/runner.ts", import.meta.url);

describe("mapStack", () => {
  it("writes frames of the job in one form and drops all below them", () => {
    const stack = [
      "RangeError: two",
      "lines of message",
      "    at readFileSync (node:fs:10:5)",
      "    at fail (muster:0123456789ab:3:7)",
      "    at <anonymous> (muster:0123456789ab:2:1)",
      "    at async muster:0123456789ab:5:3",
      "    at new Promise (<anonymous>)",
      "    at Object.call (muster:0123456789ab:3:1)",
      "    at muster:0123456789ab:4:2",
      "    at #run (file:///muster/lib/runtime/runner.ts:1:2)",
    ].join("\n");
    assert.deepEqual(mapStack(stack, computation).split("\n"), [
      "RangeError: two",
      "lines of message",
      "    at readFileSync (node:fs:10:5)",
      "    at fail (/user/file.ts:2:7)",
      "    at /user/file.ts:1:1",
      "    at async /user/other.ts",
      "    at new Promise (<anonymous>)",
      "    at Object.call (/user/file.ts:2:1)",
    ]);
  });

  it("takes our own frames out of a stack that has none of the job", () => {
    const stack = [
      "Error: x",
      "    at structuredClone (native)",
      "    at f (other:1:1)",
      `    at run (${own.href}:3:4)`,
      `    at run (${own.pathname}:3:4)`,
      "    at run (/$bunfs/root/worker.js:3:4)",
      "    at blob:1234:3:4",
    ].join("\n");
    assert.deepEqual(mapStack(stack, computation).split("\n"), [
      "Error: x",
      "    at structuredClone (native)",
      "    at f (other:1:1)",
    ]);
  });
});
