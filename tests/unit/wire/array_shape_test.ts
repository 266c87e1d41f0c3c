import { it } from "node:test";
import assert from "node:assert/strict";
import { hasNamedProperties } from "../../../lib/wire/array_shape.ts";

const lengths = [0, 1, 2, 255, 256, 257, 300, 100_000];

it("named properties of arrays of any length are seen", () => {
  for (const length of lengths) {
    const items = Array.from({ length }, (_, index) => index);
    assert.equal(hasNamedProperties(items), false, `${length}`);
    assert.equal(hasNamedProperties(Object.assign(items, { unit: "ms" })), true, `${length}`);
  }
});

it("symbol keys and hidden properties are none", () => {
  for (const length of lengths) {
    const items = Array.from({ length }, String);
    Object.defineProperty(items, "hidden", { value: 1, enumerable: false });
    assert.equal(
      hasNamedProperties(Object.assign(items, { [Symbol("s")]: 1 })),
      false,
      `${length}`,
    );
  }
});
