// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import process from "node:process";
import { capturePrinting } from "../../../lib/runtime/capture.ts";

describe("capturePrinting()", () => {
  const originalConsole = { ...console };
  const { write: writeOut } = process.stdout;
  const { write: writeErr } = process.stderr;
  let printed: (readonly [string, string | Uint8Array])[] = [];
  before(() => capturePrinting((...entry) => void printed.push(entry)));
  after(() => {
    Object.assign(console, originalConsole);
    process.stdout.write = writeOut;
    process.stderr.write = writeErr;
  });

  it("hands on what the console is given, by stream, formatted", () => {
    printed = [];
    console.log("a %d", 1, { b: 2 });
    console.info("info");
    console.debug("debug");
    console.dir({ deep: [1] });
    console.error("wrong");
    console.warn("careful");
    assert.deepEqual(printed, [
      ["stdout", "a 1 { b: 2 }\n"],
      ["stdout", "info\n"],
      ["stdout", "debug\n"],
      ["stdout", "{ deep: [ 1 ] }\n"],
      ["stderr", "wrong\n"],
      ["stderr", "careful\n"],
    ]);
  });

  it("hands on what the streams are given as it is, and calls back", async () => {
    printed = [];
    const bytes = Uint8Array.of(0xc3);
    await new Promise<void>((resolve) => process.stdout.write(bytes, () => resolve()));
    await new Promise<void>((resolve) => process.stderr.write("e", "utf8", () => resolve()));
    assert.deepEqual(printed, [["stdout", bytes], ["stderr", "e"]]);
  });
});
