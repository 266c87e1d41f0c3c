import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Frame, Outflow } from "../../../lib/net/outflow.ts";
import type { Connection } from "../../../lib/net/types.ts";
import { connectInMemory } from "../../harness/memory_connection.ts";

/** A connection that takes what it is told to take. */
function setUp() {
  const [connection] = connectInMemory({}, {});
  const sent: string[] = [];
  const arrivals: (() => void)[] = [];
  let hasRoom = true;
  let onRoom: () => void = () => {};
  const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const fake: Connection = Object.assign(connection, {
    send(bytes: Uint8Array): boolean {
      sent.push(text(bytes));
      return hasRoom;
    },
    sendBulk([bytes = new Uint8Array()]: readonly Uint8Array[]): Promise<void> {
      sent.push(`bulk ${text(bytes)}`);
      return new Promise((resolve) => arrivals.push(resolve));
    },
    drained: () => new Promise<void>((resolve) => onRoom = resolve),
  });
  const bytes = (message: string): Uint8Array => new TextEncoder().encode(message);
  const gone = new Set<string>();
  const out = new Outflow<string>(fake, {
    *encode(message): Iterable<Frame> {
      for (const word of message.split(" ")) {
        if (!word.startsWith("LONG")) yield bytes(word);
        else yield { about: word, encode: () => gone.has(word) ? undefined : bytes(word) };
      }
    },
    follows: (message, about) => message === `after:${about}`,
  });
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
  return {
    out,
    sent,
    gone,
    fill: () => hasRoom = false,
    async makeRoom() {
      hasRoom = true;
      onRoom();
      await turn();
    },
    /** The long frame that is being sent has its place. */
    async arrive() {
      arrivals.shift()?.();
      await turn();
    },
  };
}

describe("Outflow", () => {
  it("lets messages pass long frames, which go one by one", async () => {
    const { out, sent, arrive } = setUp();
    out.push("a LONG1 b LONG2");
    out.push("c");
    assert.deepEqual(sent, ["a", "bulk LONG1", "b", "c"]);
    await arrive();
    assert.deepEqual(sent.slice(4), ["bulk LONG2"]);
  });

  it("holds back what must arrive after a long frame, and nothing else", async () => {
    const { out, sent, arrive } = setUp();
    out.push("LONG1 LONG2");
    out.push("after:LONG2");
    out.push("after:LONG1");
    out.push("d");
    assert.deepEqual(sent, ["bulk LONG1", "d"]);
    await arrive();
    assert.deepEqual(sent.slice(2), ["after:LONG1", "bulk LONG2"]);
    await arrive();
    assert.deepEqual(sent.slice(4), ["after:LONG2"]);
  });

  it("passes over a long frame of which nothing is left, with what waits for it", async () => {
    const { out, sent, gone, arrive } = setUp();
    out.push("LONG1 LONG2 LONG3");
    out.push("after:LONG2");
    gone.add("LONG2");
    await arrive();
    assert.deepEqual(sent, ["bulk LONG1", "after:LONG2", "bulk LONG3"]);
  });

  it("makes messages into bytes when there is room for them", async () => {
    const { out, sent, fill, makeRoom } = setUp();
    fill();
    out.push("a b");
    out.push("c");
    assert.deepEqual(sent, ["a"]);
    await makeRoom();
    assert.deepEqual(sent, ["a", "b", "c"]);
  });
});
