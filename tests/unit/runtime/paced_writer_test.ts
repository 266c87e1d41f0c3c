import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { PacedWriter } from "../../../lib/runtime/paced_writer.ts";

/** A socket that says that it is full after every write. */
class FullSocket extends EventEmitter {
  readonly writes: number[] = [];
  destroyed = false;

  write([first = -1]: Uint8Array): boolean {
    this.writes.push(first);
    return false;
  }
}

describe("PacedWriter", () => {
  it("writes as much as the socket takes, and the rest in its order", () => {
    const socket = new FullSocket();
    const writer = new PacedWriter(socket as unknown as Socket);
    writer.write([Uint8Array.of(1), Uint8Array.of(2)]);
    writer.write([Uint8Array.of(3)]);
    assert.deepEqual(socket.writes, [1]);
    socket.emit("drain");
    assert.deepEqual(socket.writes, [1, 2]);
    writer.write([Uint8Array.of(4)]);
    socket.emit("drain");
    socket.emit("drain");
    assert.deepEqual(socket.writes, [1, 2, 3, 4]);
  });

  it("writes nothing to a socket that is gone", () => {
    const socket = new FullSocket();
    const writer = new PacedWriter(socket as unknown as Socket);
    writer.write([Uint8Array.of(1), Uint8Array.of(2)]);
    socket.destroyed = true;
    socket.emit("drain");
    writer.write([Uint8Array.of(3)]);
    assert.deepEqual(socket.writes, [1]);
  });
});
