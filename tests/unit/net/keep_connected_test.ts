import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keepConnected } from "../../../lib/net/keep_connected.ts";
import type { Connection } from "../../../lib/net/types.ts";
import { memoryConnections } from "../../harness/memory_connection.ts";

type Step = Error | Connection;

/** Keeps connected through a list of dials, and gives what was told and waited for; the last dial ends it. */
async function follow(
  steps: readonly Step[],
): Promise<{ told: string[]; waits: number[]; used: number }> {
  const ended = new AbortController();
  const told: string[] = [];
  const waits: number[] = [];
  const left = [...steps];
  let used = 0;
  await keepConnected({
    dial: () => {
      const step = left.shift();
      if (left.length === 0) ended.abort();
      return step instanceof Error || step === undefined
        ? Promise.reject(step)
        : Promise.resolve(step);
    },
    use: () => {
      used += 1;
      return Promise.resolve();
    },
    onFailure: ({ message }) => told.push(message),
    waitMs: (failures) => {
      waits.push(failures);
      return 0;
    },
    signal: ended.signal,
  });
  return { told, waits, used };
}

describe("keepConnected()", () => {
  const nobody = new Error("nobody there");
  const other = new Error("another secret");
  const connection = memoryConnections().toNode;

  it("tells of each reason once until a connection has come to be", async () => {
    const dials = [nobody, nobody, other, other, connection, other, nobody, nobody, nobody];
    const { told, used } = await follow(dials);
    assert.deepEqual(told, [nobody, other, other, nobody].map(({ message }) => message));
    assert.equal(used, 1);
  });

  it("waits by the failures in a row, of which a connection that ends at once is one", async () => {
    const { waits } = await follow([nobody, nobody, connection, nobody, nobody]);
    assert.deepEqual(waits, [1, 2, 3, 4]);
  });

  it("lets go of a connection that comes to be in the moment of its end", async () => {
    const { toNode, toClient } = memoryConnections();
    const lost = new Promise<string>((resolve) => toClient.onClose = ({ kind }) => resolve(kind));
    const { used } = await follow([nobody, toNode]);
    assert.equal(used, 0);
    assert.equal(await lost, "lost");
  });
});
