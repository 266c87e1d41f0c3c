import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeWelcome, encodeWelcome } from "../../../lib/net/welcome.ts";
import type { Welcome } from "../../../lib/net/welcome.ts";
import { limits } from "../../../lib/proto/limits.ts";
import { encodeTuple, MalformedTupleError } from "../../../lib/wire/tuple.ts";

const instanceId = new Uint8Array(16).fill(3);

describe("the first message of a connection", () => {
  it("comes back as it was", () => {
    const welcomes: Welcome[] = [
      { kind: "welcome", name: "node-ä", instanceId },
      { kind: "reject", why: "it is full" },
    ];
    for (const welcome of welcomes) {
      assert.deepEqual(decodeWelcome(encodeWelcome(welcome)), welcome);
    }
  });

  it("has the documented bytes", () => {
    assert.equal(
      encodeWelcome({ kind: "welcome", name: "a", instanceId }).toHex(),
      `83016161${"50"}${"03".repeat(16)}`,
    );
    assert.equal(encodeWelcome({ kind: "reject", why: "no" }).toHex(), "8302626e6f40");
  });

  it("is cut to whole characters when the reason is long", () => {
    const welcome = decodeWelcome(encodeWelcome({ kind: "reject", why: "ü".repeat(1000) }));
    assert.deepEqual(welcome, { kind: "reject", why: "ü".repeat(limits.maxRejectionBytes / 2) });
  });

  it("is cleaned of control characters", () => {
    const welcome = decodeWelcome(encodeWelcome({ kind: "welcome", name: "a\x1bb", instanceId }));
    assert.equal(welcome.kind === "welcome" && welcome.name, "a?b");
  });

  it("is refused in any other form", () => {
    const wrong = [
      new Uint8Array(0),
      encodeTuple([0, "a", instanceId]),
      encodeTuple([3, "a", instanceId]),
      encodeTuple([1, "a", instanceId.subarray(1)]),
      encodeTuple([1, "a".repeat(limits.maxNameBytes + 10), instanceId]),
      encodeTuple([2, "a", instanceId]),
      encodeTuple([1, "a"]),
      Uint8Array.of(...encodeTuple([2, "a", new Uint8Array(0)]), 0),
    ];
    for (const bytes of wrong) assert.throws(() => decodeWelcome(bytes), MalformedTupleError);
  });
});
