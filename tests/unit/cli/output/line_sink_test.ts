import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineSink } from "../../../../lib/cli/output/line_sink.ts";

/** A sink whose writes end when the test says so. */
function controlledSink() {
  const writes: { text: string; finish: () => void; fail: (error: Error) => void }[] = [];
  let begun = Promise.withResolvers<void>();
  const sink = new LineSink((text) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    writes.push({ text, finish: resolve, fail: reject });
    begun.resolve();
    begun = Promise.withResolvers<void>();
    return promise;
  });
  return { sink, writes, nextWrite: () => begun.promise };
}

describe("LineSink", () => {
  it("writes at once when idle and gathers lines while a write is under way", async () => {
    const { sink, writes, nextWrite } = controlledSink();
    assert.equal(sink.add("a\n"), undefined);
    assert.equal(sink.add("b\n"), undefined);
    await nextWrite();
    sink.add("c\n");
    sink.add("d\n");
    assert.deepEqual(writes.map(({ text }) => text), ["a\nb\n"]);
    writes[0]?.finish();
    await nextWrite();
    assert.deepEqual(writes.map(({ text }) => text), ["a\nb\n", "c\nd\n"]);
    const flushed = sink.flush();
    writes[1]?.finish();
    await flushed;
  });

  it("asks to be awaited when the reader is slow, and lets go when it has caught up", async () => {
    const { sink, writes, nextWrite } = controlledSink();
    const line = "x".repeat(1023) + "\n";
    sink.add(line);
    await nextWrite();
    let wait: Promise<void> | undefined;
    let added = 0;
    while (wait === undefined && added < 100_000) {
      wait = sink.add(line);
      added += 1;
    }
    assert.ok(added <= 256, `${added} KiB were buffered`);
    const second = nextWrite();
    writes[0]?.finish();
    await second;
    writes[1]?.finish();
    await wait;
    assert.equal(writes.reduce((sum, { text }) => sum + text.length, 0), (added + 1) * 1024);
  });

  it("writes a line that is added the moment a write ends", async () => {
    const { sink, writes, nextWrite } = controlledSink();
    sink.add("a\n");
    await nextWrite();
    const flushed = sink.flush();
    writes[0]?.finish();
    // Whichever microtask this falls into, the line must not be forgotten.
    for (let turn = 0; turn < 10; turn++) {
      sink.add(`${turn}\n`);
      await Promise.resolve();
      for (const write of writes) write.finish();
    }
    await flushed;
    await sink.flush();
    assert.equal(writes.map(({ text }) => text).join(""), "a\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  });

  it("tells of a failed write at the next call, and writes no more", async () => {
    const { sink, writes, nextWrite } = controlledSink();
    sink.add("a\n");
    await nextWrite();
    const flushed = sink.flush();
    sink.add("b\n");
    writes[0]?.fail(new Error("disk full"));
    await assert.rejects(flushed, /disk full/);
    await assert.rejects(sink.add("c\n") ?? Promise.resolve(), /disk full/);
    await assert.rejects(sink.flush(), /disk full/);
    assert.equal(writes.length, 1);
  });
});
