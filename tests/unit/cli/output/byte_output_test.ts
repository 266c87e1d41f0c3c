import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "node:test";
import { ByteOutput } from "../../../../lib/cli/output/byte_output.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";

/** A stream that takes what it is given when it is told to. */
class HeldStream extends Writable {
  readonly taken: string[] = [];
  readonly #held: ((error?: Error) => void)[] = [];

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.taken.push(Buffer.from(chunk).toString());
    this.#held.push(done);
  }

  take(error?: Error): void {
    this.#held.shift()?.(error);
  }
}

const bytes = (text: string): Uint8Array => Buffer.from(text);

describe("ByteOutput", () => {
  it("is flushed when all of it has been taken, and not before", async () => {
    const stream = new HeldStream();
    const output = new ByteOutput(stream, () => {});
    await output.write(bytes("a"));
    await output.write(bytes("b"));
    let flushed = false;
    const flushing = output.flush().then(() => flushed = true);
    stream.take();
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(flushed, false);
    stream.take();
    await flushing;
    assert.deepEqual(stream.taken, ["a", "b"]);
    await output.flush();
  });

  it("waits for a stream that is full", async () => {
    const stream = new HeldStream({ highWaterMark: 2 });
    const output = new ByteOutput(stream, () => {});
    let written = false;
    const writing = output.write(bytes("abc")).then(() => written = true);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(written, false);
    stream.take();
    await writing;
  });

  it("tells that the reader has gone, and fails for other reasons", async () => {
    const stream = new HeldStream();
    const output = new ByteOutput(stream, () => {});
    await output.write(bytes("a"));
    stream.take(Object.assign(new Error("broken pipe"), { code: "EPIPE" }));
    await output.flush();
    assert.equal(output.readerGone.aborted, true);
    await output.write(bytes("b"));
    const full = new HeldStream();
    const failing = new ByteOutput(full, () => {});
    await failing.write(bytes("a"));
    full.take(Object.assign(new Error("no space"), { code: "ENOSPC" }));
    await assert.rejects(failing.flush(), UsageError);
    await assert.rejects(failing.write(bytes("b")), UsageError);
  });
});
