import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readSkips } from "../../../scripts/testing/skips.ts";

describe("readSkips()", () => {
  it("finds the reason wherever it is written", () => {
    const { reasons, problems } = readSkips(
      "a_test.ts",
      `import { needsRoot } from "./harness.ts";
       const notLinux = process.platform !== "linux" && "only Linux has /proc";
       it("in place", { skip: "because" }, f);
       it("after a condition", { timeout: 1, skip: isRoot() ? false : "needs root" }, f);
       it("named", { skip: notLinux }, f);
       it("imported", { skip: needsRoot }, f);
       describe("a group", { skip: !x && \`no \${x}\` }, f);`,
    );
    assert.deepEqual(problems, []);
    assert.deepEqual(Object.fromEntries(reasons), {
      "in place": "because",
      "after a condition": "needs root",
      named: "only Linux has /proc",
      imported: "needsRoot",
      "a group": "no ${x}",
    });
  });

  const hiding: Record<string, string> = {
    "a skip without reason": `it("x", { skip: true }, f);`,
    "it.skip": `it.skip("x", f);`,
    "describe.only": `describe.only("x", f);`,
    "t.skip()": `it("x", (t) => { t.skip("because"); });`,
    "test.todo": `test.todo("x");`,
    "parts that only one runtime has": `import { mock, it } from "node:test";`,
  };
  for (const [what, text] of Object.entries(hiding)) {
    it(`refuses ${what}`, () => {
      assert.deepEqual(readSkips("a_test.ts", `\n${text}`).problems.map(({ line }) => line), [2]);
    });
  }

  it("leaves other members called skip alone", () => {
    assert.deepEqual(readSkips("a_test.ts", "cursor.skip(1); t.only; list.only();").problems, []);
  });
});
