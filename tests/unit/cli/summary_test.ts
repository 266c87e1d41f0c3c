import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type Failure,
  FailureTally,
  renderFailures,
  renderSummary,
  summaryJson,
} from "../../../lib/cli/summary.ts";

function failure(seq: number, changes: Partial<Failure> = {}): Failure {
  return {
    seq,
    input: { id: seq },
    error: { name: "RangeError", message: "no such id", stack: ["check (src/heavy.ts:12:9)"] },
    node: "local",
    attempt: 1,
    ...changes,
  };
}

function tallyOf(failures: Iterable<Failure>): FailureTally {
  const tally = new FailureTally();
  for (const each of failures) tally.add(each);
  return tally;
}

describe("renderFailures()", () => {
  it("says nothing when nothing failed", () => {
    assert.equal(renderFailures(new FailureTally()), "");
  });

  it("shows input, node, attempt, error and stack", () => {
    const tally = tallyOf([
      failure(2),
      failure(5, {
        node: undefined,
        attempt: 3,
        error: { name: "Error", message: "two\nlines", stack: [] },
      }),
    ]);
    assert.equal(
      renderFailures(tally),
      [
        'failed input 2: {"id":2} on local',
        "  RangeError: no such id",
        "    at check (src/heavy.ts:12:9)",
        "",
        'failed input 5: {"id":5}, attempt 3',
        "  Error: two",
        "  lines",
        "",
      ].join("\n"),
    );
  });

  it("shows the first 20 and counts the others by message", () => {
    const failures = Array.from({ length: 1500 }, (_, index) =>
      failure(index + 1, {
        error: {
          name: "Error",
          message: index % 3 === 0 ? "often" : `once ${index % 14}`,
          stack: [],
        },
      }));
    const text = renderFailures(tallyOf(failures), { joblog: "run.log" });
    assert.equal(text.match(/^failed input /gm)?.length, 20);
    assert.match(text, /\nand 1,480 more:\n {2}493 x Error: often\n/);
    assert.match(text, / with other messages\neach has a line in run\.log\n$/);
    const counts = [...text.matchAll(/^ {2}([\d,]+) (?:x|with)/gm)]
      .map((match) => Number(match[1]?.replace(",", "")));
    assert.equal(counts.reduce((sum, count) => sum + count, 0), 1480);
  });

  it("keeps little when every message is another", () => {
    const tally = new FailureTally();
    for (let seq = 1; seq <= 50_000; seq++) {
      tally.add(failure(seq, { error: { name: "Error", message: `input ${seq}`, stack: [] } }));
    }
    assert.equal(tally.total, 50_000);
    assert.equal(tally.messages.length, 1000);
    assert.match(renderFailures(tally), /49,970 with other messages\n--joblog FILE keeps/);
  });

  it("lets no job act on the terminal, unless raw", () => {
    const evil = "\x1b]0;owned\x07\x1b[2J\u202e";
    const each = failure(1, {
      input: `\x9b31m${evil}`,
      node: `n${evil}`,
      error: { name: `E${evil}`, message: `m${evil}`, stack: [`f${evil} (a.ts:1:1)`] },
    });
    const tally = tallyOf(Array.from({ length: 30 }, () => each));
    assert.doesNotMatch(renderFailures(tally), /[[\p{Cc}\u202e]--\n]/v);
    assert.match(renderFailures(tally, { raw: true }), /\p{Cc}\]0;owned/u);
  });

  it("shows an input that JSON cannot hold", () => {
    const input: unknown[] = [];
    input.push(input);
    assert.match(renderFailures(tallyOf([failure(1, { input })])), /^failed input 1: /);
  });
});

describe("renderSummary()", () => {
  const summary = { done: 1000, failed: 0, cancelled: 0, skipped: 0, elapsedMs: 12_300 };

  it("is one line", () => {
    assert.equal(renderSummary(summary), "1,000 done, 12.3 s, 81.3 jobs/s");
    assert.equal(
      renderSummary({ ...summary, failed: 3, cancelled: 2, skipped: 4000, elapsedMs: 0 }),
      "1,000 done, 3 failed, 2 cancelled, 4,000 skipped, 0.0 s, 0.00 jobs/s",
    );
  });

  it("has a form for programs", () => {
    const tally = tallyOf([failure(7)]);
    assert.deepEqual(JSON.parse(JSON.stringify(summaryJson({ ...summary, failed: 1 }, tally))), {
      ...summary,
      failed: 1,
      jobsPerSecond: 81.38,
      failures: [JSON.parse(JSON.stringify(failure(7)))],
      moreFailures: [],
    });
  });
});
