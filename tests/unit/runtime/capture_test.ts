// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import process from "node:process";
import { limits } from "../../../lib/proto/limits.ts";
import { capturePrinting, takePrinted } from "../../../lib/runtime/capture.ts";

describe("capturePrinting()", () => {
  const originalConsole = { ...console };
  const { write: writeOut } = process.stdout;
  const { write: writeErr } = process.stderr;
  before(() => capturePrinting());
  after(() => {
    Object.assign(console, originalConsole);
    process.stdout.write = writeOut;
    process.stderr.write = writeErr;
  });

  it("keeps what the console is given, by stream, formatted", () => {
    takePrinted();
    console.log("a %d", 1, { b: 2 });
    console.info("info");
    console.debug("debug");
    console.dir({ deep: [1] });
    console.error("wrong");
    console.warn("careful");
    const printed = takePrinted();
    assert.equal(printed?.stdout, "a 1 { b: 2 }\ninfo\ndebug\n{ deep: [ 1 ] }\n");
    assert.equal(printed?.stderr, "wrong\ncareful\n");
    assert.equal(takePrinted(), undefined);
  });

  it("keeps what the streams are given, cut anywhere, and calls back", async () => {
    takePrinted();
    const bytes = new TextEncoder().encode("\u00e9\n");
    process.stdout.write(bytes.subarray(0, 1));
    await new Promise<void>((resolve) => process.stdout.write(bytes.subarray(1), () => resolve()));
    await new Promise<void>((resolve) => process.stderr.write("e", "utf8", () => resolve()));
    assert.deepEqual(takePrinted(), { stdout: "\u00e9\n", stderr: "e" });
  });

  it("cuts what is over the limit, and says so once", () => {
    takePrinted();
    const long = "x".repeat(limits.maxJobOutputChars - 1);
    console.log(long);
    console.log("more");
    console.log("still more");
    const { stdout = "" } = takePrinted() ?? {};
    assert.ok(stdout === `${long}\n\n[output cut: over the limit]\n`, stdout.slice(-100));
    console.log("next job");
    assert.equal(takePrinted()?.stdout, "next job\n");
  });
});
