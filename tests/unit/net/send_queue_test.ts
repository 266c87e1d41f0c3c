import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { loadCrypto } from "../../../lib/net/crypto.ts";
import { SendQueue } from "../../../lib/net/send_queue.ts";
import { limits } from "../../../lib/proto/limits.ts";
import { type Suite, suiteNames } from "../../../lib/wire/handshake.ts";
import { RecordReader } from "../../../lib/wire/record_reader.ts";
import { RecordWriter } from "../../../lib/wire/record_writer.ts";
import { readChunk } from "../wire/fixtures.ts";

const crypto = await loadCrypto();
const key = new Uint8Array(32).fill(7);

/** A socket that takes bytes only when it is told to. */
class FakeSocket extends EventEmitter {
  readonly writes: Uint8Array[] = [];
  writableLength = 0;
  isEnded = false;
  /** Writes the kernel takes at once; the rest waits. */
  room = Infinity;

  write(bytes: Uint8Array): boolean {
    this.writes.push(bytes);
    if (this.writes.length <= this.room) return true;
    this.writableLength += bytes.length;
    return false;
  }

  cork(): void {}

  uncork(): void {}

  end(bytes: Uint8Array): void {
    this.writes.push(bytes);
    this.isEnded = true;
  }

  drain(): void {
    this.writableLength = 0;
    this.room = Infinity;
    this.emit("drain");
  }
}

function setUp(
  suite: Suite = "nacl",
): { socket: FakeSocket; queue: SendQueue; read: () => string[] } {
  const socket = new FakeSocket();
  const queue = new SendQueue(
    socket as unknown as Socket,
    new RecordWriter(crypto, key, suite),
    () => {},
  );
  const read = (): string[] => {
    const reader = new RecordReader(crypto, key, suite);
    return socket.writes.flatMap((bytes) => readChunk(reader, bytes)).map((event) => {
      if (event.kind === "bulk") return `bulk ${event.bytes.length}`;
      return event.kind === "message" ? `${event.bytes.length}` : event.kind;
    });
  };
  return { socket, queue, read };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("what a connection has to send", () => {
  it("goes out in one write for all messages of one piece of code", async () => {
    const { socket, queue, read } = setUp();
    for (let index = 0; index < 100; index++) queue.push(new Uint8Array(64));
    assert.equal(socket.writes.length, 0);
    await Promise.resolve();
    assert.equal(socket.writes.length, 1);
    assert.equal(read().length, 100);
  });

  it("goes out in its order though long records are sealed meanwhile", async () => {
    const { socket, queue, read } = setUp("aes");
    const lengths = [10, 300_000, 20, 20_000, 30, 16_000];
    for (const length of lengths) queue.push(new Uint8Array(length));
    queue.end();
    while (!socket.isEnded) await turn();
    assert.deepEqual(read(), [...lengths.map(String), "bye"]);
  });

  for (const suite of suiteNames) {
    it(`goes out before the rest of a message in the bulk lane (${suite})`, async () => {
      const { socket, queue, read } = setUp(suite);
      socket.room = 0;
      queue.push(new Uint8Array(10 * 1024 * 1024), "bulk");
      queue.push(new Uint8Array(20_000), "bulk", () => queue.push(new Uint8Array(7)));
      while (socket.writes.length === 0) await turn();
      queue.push(new Uint8Array(5));
      socket.drain();
      while (queue.queuedBytes > 0) await turn();
      assert.deepEqual(read(), ["5", "bulk 10485760", "bulk 20000", "7"]);
    });
  }

  it("goes out in two writes for a whole turn of the event loop", async () => {
    const { socket, queue, read } = setUp();
    for (let index = 0; index < 50; index++) {
      queue.push(new Uint8Array(64));
      await Promise.resolve();
    }
    await turn();
    assert.equal(socket.writes.length, 2);
    assert.equal(read().length, 50);
  });

  it("is not sealed while the socket is full", async () => {
    const { socket, queue, read } = setUp();
    socket.room = 0;
    assert.equal(queue.push(new Uint8Array(10 * 1024 * 1024)), false);
    await turn();
    await turn();
    const [first] = socket.writes;
    assert.equal(socket.writes.length, 1);
    assert.ok((first?.length ?? 0) <= limits.maxRecordBytes + 4);
    assert.ok(queue.queuedBytes > 9 * 1024 * 1024);
    let isDrained = false;
    const drained = queue.drained().then(() => isDrained = true);
    await turn();
    assert.equal(isDrained, false);
    socket.drain();
    await drained;
    while (queue.queuedBytes > 0) await turn();
    assert.deepEqual(read(), [`${10 * 1024 * 1024}`]);
  });

  it("leaves other work a turn after each megabyte", async () => {
    const { socket, queue } = setUp();
    queue.push(new Uint8Array(8 * 1024 * 1024));
    await Promise.resolve();
    const sentBytes = socket.writes.reduce((sum, bytes) => sum + bytes.length, 0);
    assert.ok(sentBytes >= limits.maxFlushBytes && sentBytes < 2 * limits.maxFlushBytes);
    queue.drop();
    assert.equal(queue.queuedBytes, 0);
  });

  it("ends with a goodbye after everything else, and nothing follows it", async () => {
    const { socket, queue, read } = setUp();
    socket.room = 0;
    queue.push(new Uint8Array(1));
    queue.push(new Uint8Array(400_000));
    await Promise.resolve();
    queue.end();
    queue.push(new Uint8Array(3));
    queue.ping();
    assert.equal(socket.isEnded, false);
    socket.drain();
    while (!socket.isEnded) await turn();
    assert.deepEqual(read(), ["1", "400000", "bye"]);
  });

  it("has a ping only when nothing waits", async () => {
    const { socket, queue, read } = setUp();
    queue.ping();
    socket.room = 0;
    queue.push(new Uint8Array(1));
    queue.ping();
    await Promise.resolve();
    queue.ping();
    assert.deepEqual(read(), ["ping", "1"]);
  });

  it("lets everybody go who waits when it is dropped", async () => {
    const { socket, queue } = setUp();
    socket.room = 0;
    queue.push(new Uint8Array(5 * 1024 * 1024));
    const drained = queue.drained();
    queue.drop();
    await drained;
    socket.drain();
    assert.equal(socket.writes.length, 0);
  });
});
