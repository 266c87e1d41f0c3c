import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { computationFromFunction } from "../../../lib/code/computation.ts";
import { framesOf, refusal, run } from "./support.ts";

const factor = Number("4");

class Shape {
  constructor(readonly side: number) {}
}

class Square extends Shape {
  area(): number {
    return this.side ** 2;
  }
}

function scaled(n: number): number {
  return twice(n) * factor;
}

function twice(n: number): number {
  if (n < 0) {
    throw Error("negative");
  }
  return n * 2;
}

describe("computationFromFunction without a module", () => {
  it("ships a function that stands alone", async () => {
    const computation = await computationFromFunction((text: string) => [...text].toReversed());
    assert.equal(computation.format, "script");
    assert.equal(computation.name, "anonymous");
    assert.deepEqual(await run(computation, "abc"), ["c", "b", "a"]);
  });

  it("ships what depends holds: functions, classes with their bases, and data", async () => {
    const job = (n: number) => [scaled(n), new Square(n).area(), settings.names.get("a")];
    const settings = { names: new Map([["a", new Float64Array([1.5])]]) };
    const computation = await computationFromFunction(job, {
      depends: { Square, scaled, twice, Shape, factor, settings },
    });
    assert.deepEqual(await run(computation, 3), [24, 9, new Float64Array([1.5])]);
  });

  it("names the function and the line within it in stacks", async () => {
    function outer(n: number): number {
      return twice(n) + 0;
    }
    const computation = await computationFromFunction(outer, { depends: { twice } });
    const frames = await framesOf(computation, -1);
    assert.equal(frames.length, 2);
    assert.match(frames[0] ?? "", /^at twice \(<function twice>:3:\d+\)$/);
    assert.match(frames[1] ?? "", /^at outer \(<function outer>:2:\d+\)$/);
  });

  it("imports built-in modules where they are used", async () => {
    const computation = await computationFromFunction(async (path: string) => {
      const { basename } = await import("node:path");
      return basename(path);
    });
    assert.equal(await run(computation, "/a/b.txt"), "b.txt");
  });

  it("names a variable that is missing, and who uses it", async () => {
    assert.match(
      await refusal(computationFromFunction((n: number) => twice(n))),
      /^Cannot ship this function: it uses 'twice', which is not declared in it; .*depends: \{ twice \}/,
    );
    assert.match(
      await refusal(computationFromFunction((n: number) => scaled(n), { depends: { scaled } })),
      /^Cannot ship depends\.scaled: it uses '(twice|factor)'/,
    );
  });

  it("refuses native and bound functions, import.meta and values that are no data", async () => {
    const depends = { settings: { open: () => 1 } };
    const refused: [Promise<unknown>, RegExp][] = [
      [computationFromFunction(Math.max), /^Cannot ship 'max': it is native or bound/],
      [computationFromFunction(twice.bind(null)), /^Cannot ship 'bound twice': it is native/],
      [computationFromFunction(() => import.meta.url), /it uses import\.meta; give module/],
      [
        computationFromFunction(() => depends.settings, { depends: { depends } }),
        /^Cannot ship depends\.depends\["settings"\]\["open"\]: it is a function/,
      ],
    ];
    for (const [making, message] of refused) assert.match(await refusal(making), message);
  });
});
