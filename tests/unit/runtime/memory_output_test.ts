import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { MemoryOutput } from "../../../lib/runtime/memory_output.ts";

function setUp() {
  const stray: string[] = [];
  const output = new MemoryOutput((text) => stray.push(text));
  output.begin();
  return { output, stray };
}

describe("MemoryOutput", () => {
  it("gives each job what was printed in its time", () => {
    const { output, stray } = setUp();
    output.sink("stdout", "a");
    output.sink("stderr", "wrong");
    output.sink("stdout", "b");
    assert.deepEqual(output.take(), { stdout: "ab", stderr: "wrong" });
    assert.equal(output.take(), undefined);
    output.sink("stdout", "c");
    assert.deepEqual(output.take(), { stdout: "c", stderr: "" });
    assert.deepEqual(stray, []);
  });

  it("joins characters that come in pieces", () => {
    const { output } = setUp();
    const bytes = new TextEncoder().encode("\u00e9\n");
    output.sink("stdout", bytes.subarray(0, 1));
    output.sink("stdout", bytes.subarray(1));
    assert.equal(output.take()?.stdout, "\u00e9\n");
  });

  it("tells at once of what is printed while no job runs", () => {
    const { output, stray } = setUp();
    output.end();
    output.sink("stdout", "between");
    assert.deepEqual(stray, ["between"]);
    output.begin();
    assert.equal(output.take(), undefined);
  });

  it("cuts what is over the limit, and says so once", () => {
    const { output } = setUp();
    const long = "x".repeat(limits.maxJobOutputChars);
    for (const text of [long, "more", "still more"]) output.sink("stdout", text);
    const { stdout = "" } = output.take() ?? {};
    assert.ok(stdout === `${long}\n[output cut: over the limit]\n`, stdout.slice(-100));
    output.sink("stdout", long);
    assert.ok(output.take()?.stdout === long, "what just fits is whole");
  });
});
