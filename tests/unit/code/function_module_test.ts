import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { computationFromFunction } from "../../../lib/code/computation.ts";
import { given as decoratedGiven } from "../../fixtures/code/project/decorated.ts";
import { given as usingGiven } from "../../fixtures/code/project/using_script.ts";
import work, { given } from "../../fixtures/code/project/script.ts";
import { fixture, framesOf, marked, refusal, run } from "./support.ts";

const module = pathToFileURL(fixture("script.ts")).href;

describe("computationFromFunction with a module", () => {
  it("takes a function that is not exported, with everything it needs and nothing else", async () => {
    const computation = await computationFromFunction(given.hidden, { module });
    assert.equal(computation.name, "hidden");
    assert.deepEqual(await run(computation, 4), {
      values: [8, 42, 2, "Red", 12, 9],
      more: [5, 3, 30, true],
      os: true,
      urls: [module, pathToFileURL(fixture("helper.ts")).href, "lazy.ts", false],
      guarded: true,
    });
    assert.doesNotMatch(computation.text, /scriptRuns|builtinsOnly|fibonacci/);
  });

  it("does not run the module's other statements", async () => {
    const computation = await computationFromFunction(given.runsInSlot, { module });
    const before = given.runsInSlot();
    assert.equal(await run(computation), before);
  });

  it("takes recursive arrow functions and functions with properties", async () => {
    assert.equal(await run(await computationFromFunction(given.fibonacci, { module }), 10), 55);
    const counter = await computationFromFunction(given.counter as (n: number) => number, {
      module,
    });
    assert.equal(await run(counter, 1), 101);
  });

  it("takes an imported function with its own module", async () => {
    const { double } = await import("../../fixtures/code/project/helper.ts");
    const computation = await computationFromFunction(double, { module });
    assert.equal(await run(computation, 3), 6);
    const first = (await framesOf(computation, 200))[0];
    assert.equal(first, `at double (${marked("helper.ts", "double throws")}:27)`);
  });

  it("takes an anonymous default export", async () => {
    assert.equal(await run(await computationFromFunction(work, { module }), 3), 7);
  });

  it("maps stacks to the user's lines", async () => {
    const hidden = await computationFromFunction(given.hidden, { module });
    assert.deepEqual(await framesOf(hidden, 99), [
      `at hidden (${marked("script.ts", "hidden throws")}:11)`,
    ]);
    const builtinsOnly = await computationFromFunction(given.builtinsOnly, { module });
    assert.deepEqual(await framesOf(builtinsOnly, ""), [
      `at builtinsOnly (${marked("script.ts", "builtinsOnly throws")}:26)`,
    ]);
  });

  it("works in a script that has a top-level await using", async () => {
    const computation = await computationFromFunction(usingGiven.compute, {
      module: fixture("using_script.ts"),
    });
    assert.equal(computation.format, "script");
    assert.equal(await run(computation, 5), 21);
  });

  it("takes decorated classes with their decorators", async () => {
    const computation = await computationFromFunction(decoratedGiven.compute, {
      module: fixture("decorated.ts"),
    });
    assert.deepEqual(await run(computation), [4, ["method:value", "field:amount", "class:Tagged"]]);
  });

  it("tells functions of the same name apart", async () => {
    const outer = await computationFromFunction(given.outerSame, { module });
    const inner = await computationFromFunction(given.same, { module });
    assert.deepEqual([await run(outer, 1), await run(inner, 1)], [2, 1001]);
  });

  it("points at a name that nothing declares", async () => {
    const message = await refusal(computationFromFunction(given.usesMissing, { module }));
    assert.ok(message.startsWith(`${marked("script.ts", "missingGlobal")}:14: `), message);
    assert.match(message, /Cannot ship 'usesMissing': it uses 'missingGlobal', which is not decl/);
    assert.match(message, /depends: \{ missingGlobal \}/);
    const depends = { missingGlobal: 7 };
    assert.equal(
      await run(await computationFromFunction(given.usesMissing, { module, depends }), 3),
      21,
    );
  });

  it("refuses generators and classes", async () => {
    assert.match(
      await refusal(computationFromFunction(given.generator, { module })),
      /^Cannot ship 'generator': it is a generator/,
    );
    assert.match(
      await refusal(computationFromFunction(given.Derived as unknown as () => void, { module })),
      /^Cannot run class 'Derived' for each input/,
    );
  });
});

describe("computationFromFunction with a function given in place", () => {
  it("supplies a constant that Bun has written into the function's text", {
    skip: !("Bun" in globalThis) && "only Bun does",
  }, async () => {
    const computation = await computationFromFunction(given.usesConstant, { module });
    assert.equal(await run(computation, 4), 15);
    assert.deepEqual(await framesOf(computation, -1), [
      `at ${marked("script.ts", "constant throws")}:24`,
    ]);
  });

  it("supplies what the module's top level declares, and maps its lines", async () => {
    const computation = await computationFromFunction(given.usesTopLevel, { module });
    assert.equal(await run(computation, 2), 14);
    const frames = await framesOf(computation, -1);
    assert.deepEqual(frames, [`at ${marked("script.ts", "inline throws")}:15`]);
  });

  it("ships methods", async () => {
    const computation = await computationFromFunction(given.method, { module });
    assert.equal(await run(computation, 2), 5);
  });

  it("names a variable of an enclosing function and how to supply it", async () => {
    const message = await refusal(computationFromFunction(given.usesEnclosing, { module }));
    assert.ok(message.startsWith(`${marked("script.ts", "factor")}:`), message);
    assert.match(
      message,
      /Cannot ship 'usesEnclosing': it uses 'factor', which is a variable of an enclosing function; pass it as an argument, declare it at the top level of the module, or give it in depends: \{ factor \}/,
    );
    const depends = { factor: 3 };
    const computation = await computationFromFunction(given.usesEnclosing, { module, depends });
    assert.equal(await run(computation, 5), 15);
  });

  it("maps a function whose text is not found in the module to the file as a whole", async () => {
    const stray = new Function("n", "throw Error('stray')") as (n: number) => never;
    const computation = await computationFromFunction(stray, { module });
    const frames = await framesOf(computation, 1);
    assert.deepEqual(frames, [`at anonymous (${fixture("script.ts")})`]);
  });
});
