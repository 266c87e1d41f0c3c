import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, it } from "node:test";
import { CodeCache } from "../../../lib/node/code_cache.ts";
import type { Code } from "../../../lib/proto/executor.ts";
import type { ComputationId } from "../../../lib/proto/ids.ts";
import { limits } from "../../../lib/proto/limits.ts";

function named(text: string): { id: ComputationId; code: Code } {
  const id = createHash("sha256").update(`script\n${text}`).digest("hex") as ComputationId;
  return { id, code: { format: "script", text, filename: `muster:${id.slice(0, 12)}` } };
}

describe("CodeCache", () => {
  it("keeps code by its hash", () => {
    const cache = new CodeCache();
    const { id, code } = named("a");
    assert.equal(cache.get(id), undefined);
    assert.equal(cache.add(id, code), true);
    assert.equal(cache.get(id), code);
  });

  it("refuses code that is not what it is called", () => {
    const cache = new CodeCache();
    const { id, code } = named("a");
    assert.equal(cache.add(id, { ...code, text: "b" }), false);
    assert.equal(cache.add(id, { ...code, format: "module" }), false);
    assert.equal(cache.add(id, { ...code, filename: "muster:other" }), false);
    assert.equal(cache.get(id), undefined);
  });

  it("lets go of what was not used for longest when it is full", () => {
    const cache = new CodeCache();
    const half = limits.maxCachedCodeChars / 2;
    const [first, second, third] = ["a", "b", "c"].map((letter) => named(letter.repeat(half)));
    assert.ok(first && second && third);
    cache.add(first.id, first.code);
    cache.add(second.id, second.code);
    cache.get(first.id);
    cache.add(third.id, third.code);
    assert.equal(cache.get(second.id), undefined);
    assert.equal(cache.get(first.id), first.code);
    assert.equal(cache.get(third.id), third.code);
  });
});
