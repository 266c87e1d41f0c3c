import assert from "node:assert/strict";
import { connect } from "node:net";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { ConnectError } from "../../../lib/net/connect_error.ts";
import { handshakeBytes, type Suite, suiteNames, suites } from "../../../lib/wire/handshake.ts";
import type { Connection } from "../../../lib/net/types.ts";
import {
  closePair,
  connectPair,
  dialHere,
  endOf,
  listenHere,
  portOf,
  quickHeartbeat,
} from "./ends.ts";
import type { End } from "./ends.ts";
import { meddleWith, Proxy } from "./proxy.ts";
import type { Direction } from "./proxy.ts";

/** In suite 2 one of them, and its answer, is sealed with the second cipher. */
const questionsIn: Record<Suite, readonly Uint8Array[]> = {
  nacl: [Uint8Array.of(1, 1), new Uint8Array(100).fill(2), Uint8Array.of(3)],
  aes: [Uint8Array.of(1, 1), new Uint8Array(20_000).fill(2), Uint8Array.of(3)],
};

/** Bytes around each of which a session is run: each of the short ones, and some of the long records. */
const maxStep: Record<Suite, number> = { nacl: 1, aes: 397 };
const steppedFrom = handshakeBytes.m1 + handshakeBytes.m3 + 100;

/** Each of a thousand sessions takes a few milliseconds. */
const slow = { timeout: 180_000 } as const;

/** A goodbye as it goes by. */
const goodbyeBytes = 4 + 16 + 1;

/** What a session with questions, answers and a goodbye brought to light. */
type Session = {
  /** Messages that arrived, as hex, at the listener and at the dialler. */
  readonly heard: readonly (readonly string[])[];
  /** Bytes that went by in each direction. */
  readonly lengths: { readonly [direction in Direction]: number };
  /** Whether the side that was sent a changed byte noticed. */
  readonly broken: boolean;
};

/** A whole session through a proxy that flips a byte; both ends must be closed when it returns. */
async function runSession(
  suite: Suite,
  flip?: { direction: Direction; offset: number },
): Promise<Session> {
  const questions = questionsIn[suite];
  let proxy: Proxy | undefined;
  let accepted: End | undefined;
  const listener = await listenHere({
    heartbeat: quickHeartbeat,
    onConnection: (connection) => {
      accepted = endOf(connection);
      answerAll(connection, accepted, questions.length);
    },
  });
  const port = await meddleWith((direction, chunk, offset) => {
    const at = (flip?.offset ?? -1) - offset;
    if (direction === flip?.direction && at >= 0 && at < chunk.length) {
      chunk[at] = (chunk[at] ?? 0) ^ (1 << (flip.offset % 8));
    }
  }, (made) => proxy = made)(portOf(listener));
  const dialled = await dialHere(port, { heartbeat: quickHeartbeat, suite }).then(
    endOf,
    () => undefined,
  );
  for (const question of questions) dialled?.connection.send(question);
  const all = dialled?.received(questions.length).then(() => dialled.connection.close());
  const reasons = await Promise.all([
    dialled === undefined
      ? undefined
      : Promise.race([dialled.closed, all?.then(() => dialled.closed)]),
    accepted?.closed,
  ]);
  await proxy?.close();
  await listener.close();
  return {
    heard: [accepted, dialled].map((end) => (end?.messages ?? []).map((bytes) => bytes.toHex())),
    lengths: { out: bytesOf(proxy, "out"), back: bytesOf(proxy, "back") },
    broken: dialled === undefined || reasons.some((reason) => reason?.kind === "lost"),
  };
}

function answerAll(connection: Connection, end: End, questions: number): void {
  void end.received(questions).then((messages) => {
    for (const message of messages) connection.send(message.toReversed());
  });
}

function bytesOf(proxy: Proxy | undefined, direction: Direction): number {
  return (proxy?.passed[direction] ?? []).reduce((sum, chunk) => sum + chunk.length, 0);
}

/** Whether one list is how the other begins. */
function isPrefix(some: readonly string[], all: readonly string[]): boolean {
  return some.every((item, index) => item === all[index]);
}

describe("somebody on the way", () => {
  for (const suite of suiteNames) {
    const which = suite === "nacl" ? "each offset" : "each short part's offsets, and some others";
    it(
      `changes one byte at ${which}: nothing changed is taken, and both ends close (${suite})`,
      slow,
      async () => {
        const whole = await runSession(suite);
        assert.equal(whole.broken, false);
        let accepted = 0;
        let tried = 0;
        // The answer to a goodbye: whoever said goodbye first takes nothing any more.
        const checkedBytes = { out: whole.lengths.out, back: whole.lengths.back - goodbyeBytes };
        for (const direction of ["out", "back"] as const) {
          const step = (offset: number): number => offset < steppedFrom ? 1 : maxStep[suite];
          for (let offset = 0; offset < checkedBytes[direction]; offset += step(offset)) {
            const session = await runSession(suite, { direction, offset });
            tried++;
            const isSound = session.broken &&
              session.heard.every((messages, index) =>
                isPrefix(messages, whole.heard[index] ?? [])
              );
            if (!isSound) accepted++;
          }
        }
        assert.ok(tried > handshakeBytes.m1 + handshakeBytes.m2 + handshakeBytes.m3);
        assert.equal(accepted, 0, `${accepted} of ${tried} sessions went on`);
      },
    );
  }

  it("makes one side believe in the other suite: no connection, whichever they have", async () => {
    for (const suite of suiteNames) {
      const other = suite === "nacl" ? "aes" : "nacl";
      const attempt = connectPair(
        { dial: { suite } },
        meddleWith((direction, chunk, offset) => {
          if (direction === "out" && offset === 0) chunk[5] = suites[other];
        }, () => {}),
      );
      await assert.rejects(attempt, (error) => error instanceof ConnectError);
    }
  });

  it("repeats a recorded session: no connection opens, at the same listener or at a new one", async () => {
    let proxy: Proxy | undefined;
    const pair = await connectPair({}, meddleWith(() => {}, (made) => proxy = made));
    pair.dialled.connection.send(Uint8Array.of(1));
    await pair.accepted.received(1);
    const recorded = [...proxy?.passed.out ?? []];
    assert.ok(recorded.length >= 3);
    let opened = 0;
    const later = await listenHere({ onConnection: () => opened++ });
    const answers = [
      await replay(portOf(pair.listener), recorded),
      await replay(portOf(later), recorded),
    ];
    // The first knows the beginning; the second answers it once, with a challenge that a recording cannot meet.
    assert.deepEqual(answers, [0, handshakeBytes.m2]);
    assert.equal(opened, 0);
    assert.equal(pair.accepted.messages.length, 1);
    await closePair(pair);
    await proxy?.close();
    await later.close();
  });

  it("claims a record of 4 GiB: the connection ends, and nothing is set aside for it", async () => {
    let atOffset = -1;
    const pair = await connectPair(
      {},
      meddleWith((direction, chunk, offset) => {
        if (direction === "out" && offset === atOffset) chunk.fill(0xff, 0, 4);
      }, () => {}),
    );
    atOffset = handshakeBytes.m1 + handshakeBytes.m3;
    pair.dialled.connection.send(new Uint8Array(50));
    const reason = await pair.accepted.closed;
    assert.ok(reason.kind === "lost" && /too long/.test(reason.why), JSON.stringify(reason));
    assert.equal(pair.accepted.messages.length, 0);
    await closePair(pair);
  });

  it("cuts the stream off: both ends know that something may be missing", async () => {
    let proxy: Proxy | undefined;
    const pair = await connectPair({}, meddleWith(() => {}, (made) => proxy = made));
    proxy?.cut();
    assert.equal((await pair.accepted.closed).kind, "lost");
    assert.equal((await pair.dialled.closed).kind, "lost");
    await closePair(pair);
    await proxy?.close();
  });

  it("lets nothing through any more: both ends notice by their deadline", async () => {
    let proxy: Proxy | undefined;
    const heartbeat = quickHeartbeat;
    const pair = await connectPair(
      { listen: { heartbeat }, dial: { heartbeat } },
      meddleWith(() => {}, (made) => proxy = made),
    );
    const startedAtMs = performance.now();
    proxy?.freeze();
    const [left, right] = await Promise.all([pair.dialled.closed, pair.accepted.closed]);
    const tookMs = performance.now() - startedAtMs;
    assert.equal(left.kind, "lost");
    assert.ok(right.kind === "lost" && /nothing was heard/.test(right.why));
    // Up to two beats early: it is judged at beats, and by what may have been heard between two.
    assert.ok(tookMs >= heartbeat.lostMs - 2 * heartbeat.pingMs && tookMs < 5_000, `${tookMs} ms`);
    await closePair(pair);
    await proxy?.close();
  });
});

describe("200 strangers that send a byte a second", () => {
  it("are closed in time, and a member joins in less than a second meanwhile", slow, async () => {
    const listener = await listenHere();
    const port = portOf(listener);
    const startedAtMs = performance.now();
    const strangers = Array.from({ length: 200 }, (_, index) => dripInto(port, index));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const joiningAtMs = performance.now();
    const connection = await dialHere(port);
    const joinedInMs = performance.now() - joiningAtMs;
    await Promise.all(strangers);
    const tookMs = performance.now() - startedAtMs;
    assert.ok(joinedInMs < 1_000, `joined in ${joinedInMs} ms`);
    assert.ok(tookMs < 6_000, `closed in ${tookMs} ms`);
    connection.destroy();
    await listener.close();
  });
});

/** Sends a byte a second, from one of 25 addresses, until the other side closes. */
function dripInto(port: number, index: number): Promise<void> {
  return new Promise((resolve) => {
    const localAddress = `127.0.1.${1 + index % 25}`;
    const socket = connect({ host: "127.0.0.1", port, localAddress });
    const drip = setInterval(() => socket.write("m"), 1_000);
    socket.write("m");
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(drip);
      resolve();
    });
  });
}

/** Sends recorded bytes, each piece once the one before was answered or the other side closed; gives the bytes answered. */
function replay(port: number, pieces: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve) => {
    const left = [...pieces];
    let answered = 0;
    const socket = connect({ host: "127.0.0.1", port }, () => sendNext(socket));
    const sendNext = (to: Socket): void => {
      const piece = left.shift();
      if (piece !== undefined) to.write(piece);
    };
    socket.on("data", (chunk) => {
      answered += chunk.length;
      sendNext(socket);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve(answered));
  });
}
