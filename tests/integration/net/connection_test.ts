import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { suiteNames } from "../../../lib/wire/handshake.ts";
import { closePair, connectPair, dialHere, endOf, listenHere, portOf } from "./ends.ts";

const slow = { timeout: 60_000 } as const;

describe("a connection", () => {
  it("tells both ends who the other is", async () => {
    const pair = await connectPair();
    const { dialled: { connection: left }, accepted: { connection: right } } = pair;
    assert.deepEqual([left.peer.role, left.peer.name], ["node", "listener"]);
    assert.deepEqual([right.peer.role, right.peer.name], ["client", "dialler"]);
    assert.match(left.peer.instanceId, /^[0-9a-f]{32}$/);
    assert.match(left.peer.fingerprint, /^([0-9a-f]{4}-){4}[0-9a-f]{4}$/);
    assert.match(right.peer.address, /^127\.0\.0\.1:\d+$/);
    assert.equal(left.binding.toHex(), right.binding.toHex());
    assert.equal(left.isSuspect, false);
    await closePair(pair);
  });

  it("carries messages of every length, both ways, in order", async () => {
    const pair = await connectPair();
    const lengths = [0, 1, 2, 64, 4096, 262_126, 262_127, 262_128, 700_000];
    const messages = lengths.map((length, index) => new Uint8Array(length).fill(index + 1));
    for (const message of messages) {
      pair.dialled.connection.send(message);
      pair.accepted.connection.send(message);
    }
    for (const end of [pair.dialled, pair.accepted]) {
      const got = await end.received(messages.length);
      assert.deepEqual(got.map(({ length }) => length), lengths);
      got.forEach((message, index) => {
        assert.ok(message.every((byte) => byte === index + 1));
      });
    }
    await closePair(pair);
  });

  it("delivers 100 000 small messages in order", slow, async () => {
    const count = 100_000;
    const pair = await connectPair();
    const { connection } = pair.dialled;
    for (let index = 0; index < count; index++) {
      const message = new Uint8Array(64);
      new DataView(message.buffer).setUint32(0, index);
      if (!connection.send(message)) await connection.drained();
    }
    const got = await pair.accepted.received(count);
    const wrong = got.findIndex((message, index) => {
      return message.length !== 64 ||
        new DataView(message.buffer, message.byteOffset).getUint32(0) !== index;
    });
    assert.equal(wrong, -1);
    await closePair(pair);
  });

  it("keeps what waits bounded while 64 MiB pass, in one message or in many", slow, async () => {
    const pair = await connectPair();
    const { connection } = pair.dialled;
    const whole = new Uint8Array(limits.maxMessageBytes);
    for (let at = 0; at < whole.length; at += 4096) whole[at] = at / 4096;
    assert.equal(connection.send(whole), false);
    await connection.drained();
    const part = new Uint8Array(1024 * 1024);
    let mostBytes = 0;
    for (let index = 0; index < 64; index++) {
      if (!connection.send(part)) await connection.drained();
      mostBytes = Math.max(mostBytes, connection.queuedBytes);
    }
    assert.ok(mostBytes <= limits.sendHighWaterBytes + part.length, `${mostBytes} bytes waited`);
    const [first] = await pair.accepted.received(65);
    assert.equal(first?.length, whole.length);
    assert.ok(first?.every((byte, at) => byte === (at % 4096 === 0 ? (at / 4096) % 256 : 0)));
    await closePair(pair);
  });

  for (const suite of suiteNames) {
    it(
      `lets small messages pass 64 MiB of bulk, and delivers both whole (${suite})`,
      slow,
      async () => {
        const pair = await connectPair({ dial: { suite } });
        const { dialled, accepted } = pair;
        const arrived = Promise.withResolvers<Uint8Array>();
        let isOver = false;
        accepted.connection.onBulk = (message) => {
          isOver = true;
          arrived.resolve(message);
        };
        const bulk = new Uint8Array(64 * 1024 * 1024);
        for (let at = 0; at < bulk.length; at += 4096) bulk[at] = at / 4096;
        const sent = dialled.connection.sendBulk([bulk]);
        const passedBytes: number[] = [];
        while (!isOver) {
          const before = dialled.connection.queuedBytes;
          dialled.connection.send(new Uint8Array(100));
          await accepted.received(passedBytes.length + 1);
          passedBytes.push(before - dialled.connection.queuedBytes);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await sent;
        const message = await arrived.promise;
        assert.ok(message.length === bulk.length && message.every((byte, at) => byte === bulk[at]));
        // Records that were made before, and what the system holds of them; not the whole of the message.
        assert.ok(passedBytes.length > 4, `${passedBytes.length} messages went by`);
        const mostBytes = Math.max(...passedBytes);
        assert.ok(
          mostBytes < bulk.length / 3,
          `${mostBytes} bytes went out before a small message`,
        );
        await closePair(pair);
      },
    );

    it(`says when a message of bulk has its place: what is sent then comes after it (${suite})`, async () => {
      const pair = await connectPair({ dial: { suite } });
      const { dialled: { connection }, accepted } = pair;
      const order: string[] = [];
      accepted.connection.onBulk = ({ length }) => order.push(`bulk ${length}`);
      const { onMessage } = accepted.connection;
      accepted.connection.onMessage = (message) => {
        order.push(`message ${message.length}`);
        onMessage(message);
      };
      const sizes = [3_000_000, 0, 20_000];
      const places = sizes.map((size) => connection.sendBulk([new Uint8Array(size)]));
      connection.send(new Uint8Array(1));
      await Promise.all(places);
      connection.send(new Uint8Array(2));
      await connection.close();
      assert.deepEqual(await accepted.closed, { kind: "bye" });
      const bulks = sizes.map((size) => `bulk ${size}`);
      assert.deepEqual(order, ["message 1", ...bulks, "message 2"]);
      await closePair(pair);
    });
  }

  it("refuses a message beyond the limit and goes on", async () => {
    const pair = await connectPair();
    const tooLong = new Uint8Array(limits.maxMessageBytes + 1);
    assert.throws(() => pair.dialled.connection.send(tooLong), RangeError);
    pair.dialled.connection.send(Uint8Array.of(7));
    assert.deepEqual(await pair.accepted.received(1), [Uint8Array.of(7)]);
    await closePair(pair);
  });

  it("closes after all that was sent, and both ends know that nothing is missing", async () => {
    const pair = await connectPair();
    const message = new Uint8Array(300_000);
    for (let index = 0; index < 20; index++) pair.dialled.connection.send(message);
    await pair.dialled.connection.close();
    assert.deepEqual(await pair.accepted.closed, { kind: "bye" });
    assert.equal(pair.accepted.messages.length, 20);
    assert.equal((await pair.dialled.closed).kind, "closed");
    await closePair(pair);
  });

  it("closes from both ends at once", async () => {
    const pair = await connectPair();
    await Promise.all([pair.dialled.connection.close(), pair.accepted.connection.close()]);
    assert.equal((await pair.dialled.closed).kind, "closed");
    assert.equal((await pair.accepted.closed).kind, "closed");
    await closePair(pair);
  });

  it("is lost to the other end when one destroys it, and drops what is sent afterwards", async () => {
    const pair = await connectPair();
    pair.dialled.connection.destroy();
    assert.equal((await pair.accepted.closed).kind, "lost");
    assert.equal((await pair.dialled.closed).kind, "closed");
    assert.equal(pair.dialled.connection.send(new Uint8Array(9)), true);
    await pair.dialled.connection.drained();
    await pair.dialled.connection.close();
    await closePair(pair);
  });

  it("holds messages back until somebody listens", async () => {
    const listener = await listenHere({
      onConnection: (connection) => {
        connection.send(Uint8Array.of(1));
        connection.send(Uint8Array.of(2));
      },
    });
    const connection = await dialHere(portOf(listener));
    // Long enough for the messages to be here.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const end = endOf(connection);
    assert.deepEqual(await end.received(2), [Uint8Array.of(1), Uint8Array.of(2)]);
    connection.destroy();
    await listener.close();
  });
});
