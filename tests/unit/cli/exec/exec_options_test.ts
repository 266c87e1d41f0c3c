import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseExecRequest } from "../../../../lib/cli/exec/exec_options.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";

const halt = "never";

describe("parseExecRequest()", () => {
  it("reads words, sizes, separators and variables", () => {
    const request = parseExecRequest(["cat", ":::", "a"], {
      halt,
      pipe: true,
      block: "64k",
      env: ["A=1", "B=x=y", "C="],
    });
    assert.deepEqual(request.command, ["cat"]);
    assert.deepEqual(request.source, { kind: "arguments", values: ["a"] });
    assert.equal(request.blockBytes, 65_536);
    assert.deepEqual(request.env, { A: "1", B: "x=y", C: "" });
    assert.equal(parseExecRequest(["cat"], { halt }).blockBytes, undefined);
    const { columnSeparator } = parseExecRequest(["cat"], { halt, colsep: "\\t" });
    assert.deepEqual("a\tb".split(columnSeparator ?? ""), ["a", "b"]);
  });

  it("refuses flags that make no sense, in one line that names them", () => {
    const cases: [Record<string, unknown>, RegExp][] = [
      [{ block: "1m" }, /--block alone/],
      [{ pipe: true, block: "0" }, /--block 0: give a size/],
      [{ pipe: true, block: "1g" }, /--block 1g/],
      [{ pipe: true, colsep: "," }, /--colsep with --pipe/],
      [{ colsep: "(" }, /--colsep \(: give a regular expression/],
      [{ env: ["A"] }, /--env A: give NAME=VALUE/],
      [{ resume: true }, /--joblog/],
    ];
    for (const [flags, expected] of cases) {
      assert.throws(
        () => parseExecRequest(["cat"], { halt, ...flags }),
        (error) => error instanceof UsageError && expected.test(error.message),
        JSON.stringify(flags),
      );
    }
    assert.throws(() => parseExecRequest(["cat", ":::", "a"], { halt, input: "f" }), UsageError);
  });
});
