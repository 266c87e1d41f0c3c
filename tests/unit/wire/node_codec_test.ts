import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileHash } from "../../../lib/proto/files.ts";
import type { ComputationId } from "../../../lib/proto/ids.ts";
import type { ClientToNode, NodeToClient } from "../../../lib/proto/node_messages.ts";
import { decodeNodeMessage, encodeNodeMessage } from "../../../lib/wire/node_codec.ts";
import { decodeClientMessage, encodeClientMessage } from "../../../lib/wire/node_codec_client.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

const computation = "ab".repeat(32) as ComputationId;
const fileHash = "cd".repeat(32) as FileHash;
const code = { format: "script", filename: "muster:abc", text: "($scope) => () => 'ü'" } as const;

const fromClient: readonly ClientToNode[] = [
  { type: "open", computation },
  { type: "code", code },
  { type: "code", code: { ...code, format: "module" } },
  { type: "tasks", batch: "[0,[1],[2]]" },
  { type: "tasks", batch: { type: "tasks", first: 7, args: ["[1]", Uint8Array.of(1, 2)] } },
  { type: "tasks", batch: { type: "tasks", first: 8, args: ["[]"], memoryLimits: [2 ** 40] } },
  { type: "retract", seqs: [0, 1, 2 ** 30 - 1] },
  { type: "stop", seqs: [] },
  { type: "status" },
  { type: "watch" },
  { type: "isolate" },
  { type: "files", files: [{ path: "a/b", size: 3, isExecutable: false, hash: fileHash }] },
  { type: "chunk", place: 9999, bytes: Uint8Array.of(1, 2) },
  { type: "fetch", id: 7, path: "out/ü.png", remove: true },
  { type: "fetched", id: 2 ** 40, bytes: 0 },
];

const fromNode: readonly NodeToClient[] = [
  {
    type: "facts",
    facts: {
      slots: 8,
      runtime: "deno",
      runtimeVersion: "2.9.6",
      tags: ["gpu", "rack/3"],
      platform: "linux",
      arch: "x64",
      version: "0.1.0",
    },
  },
  { type: "wantCode" },
  { type: "waiting" },
  { type: "ready", slots: 4 },
  { type: "failed", error: Uint8Array.of(1) },
  { type: "results", batch: "[0,0.5,42]" },
  {
    type: "results",
    batch: {
      type: "results",
      results: [
        { seq: 3, ok: false, value: "1", runMs: 0.25, stdout: "a\n", stderr: "" },
        { seq: 4, ok: true, value: Uint8Array.of(246), runMs: 1, stdout: "", stderr: "\u001b[1m" },
      ],
    },
  },
  {
    type: "ended",
    endings: [
      { seq: 1, runMs: 12.5, how: undefined, stdout: "", stderr: "late\n" },
      { seq: 2, runMs: 0, how: "with signal SIGKILL", error: "1", stdout: "a", stderr: "" },
      { seq: 3, runMs: 9, how: "big", memoryLimitBytes: 5e8, stdout: "", stderr: "" },
    ],
  },
  { type: "returned", seqs: [5] },
  { type: "running", tasks: [{ seq: 6, runningMs: 100.25 }] },
  {
    type: "status",
    status: {
      busySlots: 3,
      freeCpu: 0.25,
      freeMemoryBytes: 8 * 2 ** 30,
      totalMemoryBytes: 64 * 2 ** 30,
      clockMs: 1_700_000_000_123,
    },
  },
  {
    type: "output",
    outputs: [
      { seq: 6, stream: "stdout", text: "so far\n" },
      { seq: 7, stream: "stderr", text: "\ufeff\u20ac" },
    ],
  },
  { type: "wantFiles", places: [0, 3] },
  { type: "written", bytes: 131_072 },
  { type: "unable", why: "it cannot keep x: ü" },
  { type: "file", id: 7, size: 2 ** 40, isExecutable: false },
  { type: "part", id: 7, bytes: Uint8Array.of(0) },
  { type: "noFile", id: 8, why: "it is no file" },
];

describe("encodeClientMessage() and decodeClientMessage()", () => {
  for (const message of fromClient) {
    it(`carry ${message.type} unchanged: ${JSON.stringify(message).slice(0, 60)}`, () => {
      assert.deepEqual(decodeClientMessage(encodeClientMessage(message)), message);
    });
  }
});

describe("encodeNodeMessage() and decodeNodeMessage()", () => {
  for (const message of fromNode) {
    it(`carry ${message.type} unchanged: ${JSON.stringify(message).slice(0, 60)}`, () => {
      assert.deepEqual(decodeNodeMessage(encodeNodeMessage(message)), message);
    });
  }
});

describe("decoding damaged messages", () => {
  // The text of a batch is any text: what it says is checked by whoever parses it.
  const isText = (bytes: Uint8Array, textKind: number): boolean => bytes[0] === textKind;
  const encoded = [
    ...fromClient.map((message) => ({ bytes: encodeClientMessage(message), text: 2 })),
    ...fromNode.map((message) => ({ bytes: encodeNodeMessage(message), text: 5 })),
  ];

  function decode(bytes: Uint8Array, textKind: number): void {
    if (textKind === 2) decodeClientMessage(bytes);
    else decodeNodeMessage(bytes);
  }

  it("refuses every message that is cut short or has bytes after its end", () => {
    for (const { bytes, text } of encoded) {
      if (isText(bytes, text)) continue;
      for (let length = 0; length < bytes.length; length += 1) {
        assert.throws(() => decode(bytes.slice(0, length), text), MalformedTupleError);
      }
      assert.throws(() => decode(Uint8Array.of(...bytes, 0), text), MalformedTupleError);
    }
  });

  it("throws nothing but its own error, whatever byte is changed", () => {
    let refused = 0;
    for (const { bytes, text } of encoded) {
      for (let at = 0; at < bytes.length; at += 1) {
        for (const flip of [0x01, 0x20, 0x80, 0xff]) {
          const damaged = bytes.slice();
          damaged[at] = (damaged[at] ?? 0) ^ flip;
          try {
            decode(damaged, text);
          } catch (error) {
            assert.ok(error instanceof MalformedTupleError, String(error));
            refused += 1;
          }
        }
      }
    }
    assert.ok(refused > 100, `refused ${refused}`);
  });
});
