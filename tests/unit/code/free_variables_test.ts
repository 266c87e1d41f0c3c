import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { freeVariables, isPlatformGlobal } from "../../../lib/code/free_variables.ts";
import { parseModule } from "../../../lib/code/syntax.ts";

const cases: [text: string, free: string][] = [
  ["(a, { b = c, ...d }) => a + b + d + e", "c e"],
  ["function f() { return f(arguments[0]); }", ""],
  ["(class A extends B { static #x = y; m() { return A; } })", "B y"],
  ["(() => { try { t(); } catch ({ message }) { return message; } })", "t"],
  ["(() => { outer: for (const x of xs) { if (x) continue outer; } var v = x; })", "x xs"],
  ["(() => { { var hoisted = 1; } return hoisted; })", ""],
  ["(async () => [import.meta.url, await import(name), o.p.q, { r: 1, s }])", "name o s"],
  ["(() => { leaked = 1; })", "leaked"],
  ["(() => `${a}${b`c`}`)", "a b"],
  ["(function () { return new.target; })", ""],
];

describe("freeVariables", () => {
  for (const [text, expected] of cases) {
    it(`finds '${expected}' in ${text}`, () => {
      assert.equal([...freeVariables(parseModule(text)).keys()].sort().join(" "), expected);
    });
  }

  it("marks names the code asks about with typeof, and says where a name is used", () => {
    const free = freeVariables(parseModule("(() => typeof a === 'undefined' ? b : a)"));
    assert.deepEqual(free.get("a")?.isGuarded, true);
    assert.deepEqual(free.get("b"), { offset: 34, isGuarded: false });
  });
});

describe("isPlatformGlobal", () => {
  it("knows the globals of both runtimes, and not those a program makes", () => {
    for (const name of ["Bun", "Deno", "console", "structuredClone", "undefined", "toString"]) {
      assert.equal(isPlatformGlobal(name), true, name);
    }
    Object.defineProperty(globalThis, "madeByTest", { value: 1, configurable: true });
    assert.equal(isPlatformGlobal("madeByTest"), false);
    Reflect.deleteProperty(globalThis, "madeByTest");
  });
});
