import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { SecureConnection } from "../../../lib/net/connection.ts";
import { loadCrypto } from "../../../lib/net/crypto.ts";
import type { CloseReason, Peer } from "../../../lib/net/types.ts";
import { RecordReader } from "../../../lib/wire/record_reader.ts";
import { RecordWriter } from "../../../lib/wire/record_writer.ts";
import { framesOf } from "../wire/fixtures.ts";

const crypto = await loadCrypto();
const key = new Uint8Array(32).fill(7);
const peer: Peer = {
  role: "node",
  name: "node-a",
  hostKey: key,
  fingerprint: "",
  instanceId: "",
  address: "127.0.0.1:1",
};

/** A socket that delivers at once, also when it was asked to pause. */
class FakeSocket extends EventEmitter {
  readonly writableLength = 0;
  write(): boolean {
    return true;
  }
  end(): void {}
  pause(): void {}
  resume(): void {}
  destroy(): void {
    this.emit("close");
  }
}

/** A connection over a fake socket, and the writer of its peer. */
function setUp(): { connection: SecureConnection; socket: FakeSocket; writer: RecordWriter } {
  const socket = new FakeSocket();
  const writer = new RecordWriter(crypto, key, "nacl");
  const connection = new SecureConnection({
    socket: socket as unknown as Socket,
    reader: new RecordReader(crypto, key, "nacl"),
    writer: new RecordWriter(crypto, key, "nacl"),
    peer,
    binding: key,
    early: [{ kind: "message", bytes: Uint8Array.of(1) }],
    heartbeat: undefined,
  });
  return { connection, socket, writer };
}

/** Sets both listeners and gathers what they are told, in order. */
function listenTo(
  connection: SecureConnection,
): { told: (string | CloseReason)[]; closed: Promise<void> } {
  const told: (string | CloseReason)[] = [];
  connection.onMessage = (message) => told.push(message.toHex());
  const closed = new Promise<void>((resolve) => {
    connection.onClose = (reason) => {
      told.push(reason);
      resolve();
    };
  });
  return { told, closed };
}

describe("a connection that nobody listens to yet", () => {
  it("holds what came with the handshake, what came later, and the goodbye", async () => {
    const { connection, socket, writer } = setUp();
    for (const frame of framesOf(writer.message(Uint8Array.of(2)))) socket.emit("data", frame);
    socket.emit("data", writer.bye());
    const { told, closed } = listenTo(connection);
    assert.deepEqual(told, []);
    await closed;
    assert.deepEqual(told, ["01", "02", { kind: "bye" }]);
    connection.destroy();
  });

  it("tells of its loss once somebody listens", async () => {
    const { connection, socket } = setUp();
    socket.emit("error", Object.assign(new Error("reset"), { code: "ECONNRESET" }));
    const { told, closed } = listenTo(connection);
    await closed;
    assert.deepEqual(told.at(-1), { kind: "lost", why: "the connection broke (ECONNRESET)" });
  });
});

describe("a listener that throws", () => {
  it("ends the connection, and nothing more is delivered", async () => {
    const { connection, socket, writer } = setUp();
    const { told, closed } = listenTo(connection);
    await Promise.resolve();
    connection.onMessage = () => {
      throw new RangeError("a fault of the listener");
    };
    const frames = [
      ...framesOf(writer.message(Uint8Array.of(2))),
      ...framesOf(writer.message(Uint8Array.of(3))),
    ];
    const both = Uint8Array.from(frames.flatMap((frame) => [...frame]));
    assert.throws(() => socket.emit("data", both), /a fault of the listener/);
    await closed;
    assert.deepEqual(told, ["01", { kind: "closed", why: "this side ended it" }]);
  });
});
