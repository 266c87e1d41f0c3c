import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClusterId, JobId } from "../../../lib/proto/ids.ts";
import type { LeaseRef } from "../../../lib/proto/jobs.ts";
import type { ClientToKeeper, KeeperToClient } from "../../../lib/proto/keep_messages.ts";
import {
  decodeClientToKeeper,
  decodeKeeperToClient,
  encodeClientToKeeper,
  encodeKeeperToClient,
  isKeepMessage,
} from "../../../lib/wire/keep_codec.ts";
import { encodeClientMessage } from "../../../lib/wire/node_codec_client.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

const cluster = "ab".repeat(16) as ClusterId;

function lease(digit: string): LeaseRef {
  return { job: digit.repeat(32) as JobId, lease: 3, epoch: 0 };
}

const fromClient: readonly ClientToKeeper[] = [
  { type: "keep", cluster },
  { type: "leases", first: 2 ** 30 - 1, leases: [lease("1"), lease("2")] },
  { type: "forget", leases: [lease("1")] },
  { type: "forget", leases: [] },
  { type: "collect", cluster },
];

const fromNode: readonly KeeperToClient[] = [
  {
    type: "kept",
    ends: [
      { ...lease("1"), outcome: { kind: "finished", detail: "49" }, runMs: 1.5 },
      { ...lease("2"), outcome: { kind: "threw", detail: Uint8Array.of(1, 2) }, runMs: 0 },
    ],
  },
  { type: "held", isWhole: true, leases: [lease("1"), lease("f")] },
  { type: "held", isWhole: false, leases: [] },
];

describe("messages about what nodes keep", () => {
  it("are read as they were written", () => {
    for (const message of fromClient) {
      const bytes = encodeClientToKeeper(message);
      assert.ok(isKeepMessage(bytes));
      assert.deepEqual(decodeClientToKeeper(bytes), message);
    }
    for (const message of fromNode) {
      const bytes = encodeKeeperToClient(message);
      assert.ok(isKeepMessage(bytes));
      assert.deepEqual(decodeKeeperToClient(bytes), message);
    }
  });

  it("are told from the other messages of a connection", () => {
    assert.ok(!isKeepMessage(encodeClientMessage({ type: "tasks", batch: "[0,[1]]" })));
    assert.ok(!isKeepMessage(encodeClientMessage({ type: "isolate" })));
    assert.ok(!isKeepMessage(new Uint8Array(0)));
  });

  it("are nothing else", () => {
    const [kept = new Uint8Array(0)] = fromNode.map(encodeKeeperToClient);
    const others = [
      Uint8Array.of(64),
      Uint8Array.of(255, 1),
      kept.subarray(0, kept.length - 1),
      encodeClientToKeeper({ type: "keep", cluster: "ab" as ClusterId }),
    ];
    for (const bytes of others) {
      assert.throws(() => decodeClientToKeeper(bytes), MalformedTupleError);
      assert.throws(() => decodeKeeperToClient(bytes), MalformedTupleError);
    }
  });
});
