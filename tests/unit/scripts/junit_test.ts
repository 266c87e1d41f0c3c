import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readBunReport, readDenoReport } from "../../../scripts/testing/junit.ts";

describe("readBunReport()", () => {
  it("names a test by its groups and decodes its texts", () => {
    const xml = `<?xml version="1.0"?><testsuites><testsuite name="a_test.ts" tests="1">
      <testsuite name="g &amp; &quot;h&quot;"><testcase name="t" time="1.5">
        <failure message="1 &#60; 2&#10;" /></testcase></testsuite></testsuite></testsuites>`;
    assert.deepEqual(readBunReport(xml), [
      { name: 'g & "h" > t', outcome: "failed", seconds: 1.5, failure: "1 < 2\n" },
    ]);
  });

  it("refuses a report cut short", () => {
    for (const xml of ["", "<testsuites><testsuite>", "<a></b>"]) {
      assert.throws(() => readBunReport(xml), SyntaxError);
    }
  });
});

describe("readDenoReport()", () => {
  const report = (...cases: string[]): string =>
    `<testsuites><testsuite name="x">${cases.join("")}</testsuite></testsuites>`;
  const failure = `<failure message="m">why</failure>`;

  it("leaves out groups, also one that failed through a member", () => {
    const xml = report(
      `<testcase name="g">${failure}</testcase>`,
      `<testcase name="g &gt; a"></testcase>`,
      `<testcase name="g &gt; b">${failure}</testcase>`,
      `<testcase name="h"></testcase>`,
      `<testcase name="h &gt; c"><skipped/></testcase>`,
    );
    const found = readDenoReport(xml).map(({ name, outcome }) => `${name} ${outcome}`);
    assert.deepEqual(found, ["g > a passed", "g > b failed", "h > c skipped"]);
  });

  it("keeps a group that failed by itself", () => {
    const xml = report(
      `<testcase name="g">${failure}</testcase>`,
      `<testcase name="g &gt; a"></testcase>`,
    );
    assert.deepEqual(readDenoReport(xml).map(({ name }) => name), ["g", "g > a"]);
  });
});
