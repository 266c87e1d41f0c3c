import assert from "node:assert/strict";
import { it } from "node:test";
import type { TestCase } from "../../../scripts/testing/junit.ts";
import { summaryOf } from "../../../scripts/testing/report.ts";
import { failedCase, type Result } from "../../../scripts/testing/results.ts";

const source = "tests/fixtures/runner/mixed.ts";
const passed: TestCase = { name: "alone", outcome: "passed", seconds: 0.5, failure: "" };
const skipped: TestCase = {
  name: "a group > is skipped",
  outcome: "skipped",
  seconds: 0,
  failure: "",
};

function result(kind: string, cases: readonly TestCase[]): Result {
  return { kind, source, cases, seconds: 1, output: "line of output" };
}

it("a summary counts checks and both runtimes in its last line", () => {
  const check = result("check", [{ ...passed, name: "layers" }]);
  const text = summaryOf([check, result("bun", [passed, skipped]), result("deno", [passed])]);
  assert.match(text, /\n3 passed, 0 failed, 1 skipped$/);
});

it("a summary gives each skip with its reason", () => {
  const text = summaryOf([result("deno", [skipped])]);
  assert.match(
    text,
    /SKIPPED \(1\)\n {2}deno .*mixed\.ts > a group > is skipped\n {4}for a reason\n/,
  );
});

it("a summary tells of tests that one runtime lost", () => {
  const text = summaryOf([result("bun", [passed, skipped]), result("deno", [passed])]);
  assert.match(text, /UNEQUAL tests\/fixtures\/runner\/mixed\.ts: 2 tests in Bun, 1 in Deno/);
  assert.doesNotMatch(summaryOf([result("bun", [passed])]), /UNEQUAL/);
});

it("a summary shows failures with the output of their file", () => {
  const text = summaryOf([result("bun", [passed, failedCase("broke", "1 !== 2")])]);
  assert.match(text, /FAILED bun .* > broke\n {2}1 !== 2\n[\s\S]* {2}line of output/);
});
