import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { limits } from "../../../lib/proto/limits.ts";
import { isJsonSafe, isJsonTooDeep } from "../../../lib/wire/json_safe.ts";

const shared = {};
// deno-lint-ignore no-sparse-arrays
const holes = [1, , 2];
const cycle: unknown[] = [];
cycle.push(cycle);

describe("isJsonSafe", () => {
  it("takes plain trees", () => {
    const rows = Array.from({ length: 100 }, (_, id) => ({ id, tags: ["a", ["b"]] }));
    for (const value of [null, true, "\ud800", 0, -1.5, [], {}, [[]], rows, { a: { b: [] } }]) {
      assert.equal(isJsonSafe(value), true, JSON.stringify(value));
    }
  });

  it("leaves everything else to CBOR", () => {
    const others: unknown[] = [undefined, NaN, Infinity, -Infinity, -0, 1n, Symbol("s"), () => 1];
    const objects = [new Date(), new Map(), new Uint8Array(1), Object.create(null), holes, cycle];
    const twice = [[shared, shared], { a: shared, b: shared }, { a: { b: shared }, c: [shared] }];
    for (const value of [...others, ...objects, ...twice]) {
      assert.equal(isJsonSafe(value), false);
      assert.equal(isJsonSafe([value]), false);
      assert.equal(isJsonSafe({ a: [1, value] }), false);
    }
  });

  it("sees the second mention among many containers", () => {
    const many = Array.from({ length: 1000 }, () => ({}));
    assert.equal(isJsonSafe(many), true);
    for (const index of [0, 14, 15, 16, 999]) {
      assert.equal(isJsonSafe([...many, many[index]]), false);
    }
  });

  it("leaves long arrays of numbers to CBOR, which packs them faster", () => {
    const numbers = Array.from({ length: 256 }, (_, index) => index);
    assert.equal(isJsonSafe(numbers.slice(1)), true);
    assert.equal(isJsonSafe(numbers), false);
  });
});

describe("isJsonTooDeep", () => {
  const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

  it("counts brackets outside of strings", () => {
    assert.equal(isJsonTooDeep(nested(limits.maxValueDepth)), false);
    assert.equal(isJsonTooDeep(nested(limits.maxValueDepth + 1)), true);
    assert.equal(isJsonTooDeep('{"a":'.repeat(501) + "1" + "}".repeat(501)), true);
    assert.equal(isJsonTooDeep(JSON.stringify(["[".repeat(2000), '"['.repeat(900)])), false);
    assert.equal(isJsonTooDeep(JSON.stringify("\\".repeat(501)) + nested(501)), true);
    assert.equal(isJsonTooDeep(Array(600).fill("[]").join(",")), false);
  });

  it("ends on text that is no JSON", () => {
    assert.equal(isJsonTooDeep('"'.repeat(1001)), false);
    assert.equal(isJsonTooDeep("]".repeat(600) + "["), false);
  });
});
