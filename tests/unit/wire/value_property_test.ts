import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { MalformedValueError, packValue, unpackValue } from "../../../lib/wire/value.ts";

const numRuns = 1000;
const seed = 20_260_801;

const leaf = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.maxSafeInteger(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, NaN, Infinity, "\udfff", "\ufeff", "__proto__"),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.array(fc.double(), { maxLength: 400 }),
  fc.sparseArray(fc.integer()),
);

/** Keys of Maps and items of Sets: the runtimes' own deep comparison does not match objects in these places. */
const scalar = fc.oneof(fc.string(), fc.double(), fc.bigInt(), fc.boolean(), fc.constant(null));

const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof({ maxDepth: 4 }, leaf, tie("list"), tie("record"), tie("map"), tie("set")),
  list: fc.array(tie("tree"), { maxLength: 6 }),
  record: fc.dictionary(fc.string({ unit: "binary" }), tie("tree"), { maxKeys: 6 }),
  map: fc.array(fc.tuple(scalar, tie("tree")), { maxLength: 4 }).map((list) => new Map(list)),
  set: fc.array(scalar, { maxLength: 4 }).map((list) => new Set(list)),
}));

describe("packed values, by property", () => {
  it(`any tree arrives as it was (${numRuns} runs)`, () => {
    fc.assert(
      fc.property(tree, (value) => {
        assert.deepStrictEqual(unpackValue(packValue(value)), value);
      }),
      { numRuns, seed },
    );
  });

  it(`packing is stable: a copy packs to the same bytes (${numRuns} runs)`, () => {
    fc.assert(
      fc.property(tree, (value) => {
        const packed = packValue(value);
        assert.deepStrictEqual(packValue(unpackValue(packed)), packed);
      }),
      { numRuns, seed },
    );
  });

  it(`a graph keeps its shape (${numRuns} runs)`, () => {
    const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 40 });
    fc.assert(
      fc.property(edges, (pairs) => {
        const nodes = Array.from({ length: 10 }, (_, id) => ({ id, to: [] as unknown[] }));
        for (const [from, to] of pairs) nodes[from]?.to.push(nodes[to]);
        const copies = unpackValue(packValue(nodes)) as typeof nodes;
        for (const [id, node] of nodes.entries()) {
          const targets = node.to.map((target) => copies[nodes.indexOf(target as never)]);
          assert.equal(copies[id]?.id, id);
          assert.equal(copies[id]?.to.length, targets.length);
          targets.forEach((target, index) => assert.equal(copies[id]?.to[index], target));
        }
      }),
      { numRuns, seed },
    );
  });

  it(`damaged bytes give a value or one typed error (${numRuns} runs)`, () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(tree, damage, (value, changes) => {
        const packed = packValue([value, 1n]);
        assert.ok(packed instanceof Uint8Array);
        for (const [at, byte] of changes) packed[at % packed.length] = byte;
        try {
          unpackValue(packed);
        } catch (error) {
          assert.ok(error instanceof MalformedValueError);
        }
      }),
      { numRuns, seed },
    );
  });

  it(`random bytes give a value or one typed error (${numRuns} runs)`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          unpackValue(new Uint8Array(bytes));
        } catch (error) {
          assert.ok(error instanceof MalformedValueError);
        }
      }),
      { numRuns, seed },
    );
  });
});
