import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeProbe } from "../../../lib/client/node_probe.ts";
import type { NodeStatus } from "../../../lib/proto/node_messages.ts";
import { encodeNodeMessage } from "../../../lib/wire/node_codec.ts";
import { decodeClientMessage } from "../../../lib/wire/node_codec_client.ts";
import { memoryConnections } from "../../harness/memory_connection.ts";
import { readingOf } from "../cli/nodes/readings.ts";

const { facts } = readingOf();

describe("NodeProbe", () => {
  it("asks for the status, and tells the round trip and the clocks apart", async () => {
    const { toNode, toClient } = memoryConnections();
    const status: NodeStatus = { ...readingOf().status, clockMs: Date.now() + 3_600_000 };
    toClient.onMessage = (bytes) => {
      assert.deepEqual(decodeClientMessage(bytes), { type: "status" });
      toClient.send(encodeNodeMessage({ type: "status", status }));
    };
    const probe = new NodeProbe(toNode);
    toClient.send(encodeNodeMessage({ type: "facts", facts }));
    const reading = await probe.read();
    assert.deepEqual(reading.facts, facts);
    assert.deepEqual(reading.status, status);
    assert.ok(Math.abs(reading.clockAheadMs - 3_600_000) < 60_000, String(reading.clockAheadMs));
    assert.ok(reading.roundTripMs >= 0);
    await probe.close();
  });

  it("fails when the node goes, or says what cannot be understood", async () => {
    for (const end of ["close", "nonsense"] as const) {
      const { toNode, toClient } = memoryConnections();
      const probe = new NodeProbe(toNode);
      const reading = probe.read();
      if (end === "close") void toClient.close();
      else toClient.send(Uint8Array.of(255, 1));
      await assert.rejects(reading, Error);
    }
  });
});
