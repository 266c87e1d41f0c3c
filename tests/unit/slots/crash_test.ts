import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { crashOf, runMsSince } from "../../../lib/slots/crash.ts";
import { packValue } from "../../../lib/wire/value.ts";

describe("crashOf()", () => {
  it("names the exit code, or the error that nobody caught", () => {
    assert.deepEqual(crashOf({ type: "exit", code: 3 }), {
      kind: "crashed",
      how: "by calling exit(3)",
    });
    const error = packValue(new TypeError("late"));
    const crash = crashOf({ type: "exit", code: 1, error });
    assert.deepEqual([crash.how, crash.packed], ["with an uncaught TypeError: late", error]);
    assert.match(crashOf({ type: "exit", code: 1, error: packValue("text") }).how, /error: text$/);
  });
});

describe("runMsSince()", () => {
  it("is never negative, for clocks of two processes differ", () => {
    const nowMs = performance.timeOrigin + performance.now();
    assert.equal(runMsSince(nowMs + 1000), 0);
    assert.ok(runMsSince(nowMs - 1000) >= 1000);
  });
});
