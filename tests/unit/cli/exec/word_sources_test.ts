import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { combine, splitCommand } from "../../../../lib/cli/exec/word_sources.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";

describe("splitCommand()", () => {
  it("takes apart the command and the words after each :::", () => {
    assert.deepEqual(splitCommand(["echo", "{}", ":::", "a", "b", ":::", "x"]), {
      command: ["echo", "{}"],
      sources: [["a", "b"], ["x"]],
    });
    assert.deepEqual(splitCommand(["true"]), { command: ["true"], sources: [] });
  });

  it("refuses what cannot be meant", () => {
    assert.throws(() => splitCommand([":::", "a"]), UsageError);
    assert.throws(() => splitCommand(["echo", ":::"]), UsageError);
    const many = Array.from({ length: 4000 }, () => "x");
    assert.throws(() => splitCommand(["echo", ":::", ...many, ":::", ...many]), UsageError);
  });
});

describe("combine()", () => {
  it("gives each combination, the last source fastest", () => {
    assert.deepEqual([...combine([["a", "b"], ["1", "2"]])], [
      ["a", "1"],
      ["a", "2"],
      ["b", "1"],
      ["b", "2"],
    ]);
  });
});
