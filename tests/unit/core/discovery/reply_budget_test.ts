import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../../../lib/proto/limits.ts";
import { ReplyBudget } from "../../../../lib/core/discovery/reply_budget.ts";

describe("ReplyBudget", () => {
  it("gives one place one reply a second", () => {
    const budget = new ReplyBudget();
    assert.deepEqual([0, 500, 999, 1000, 1999].map((atMs) => budget.take("a", atMs)), [
      true,
      false,
      false,
      true,
      false,
    ]);
  });

  it("gives 50 a second in all, over any time", () => {
    const budget = new ReplyBudget();
    let replies = 0;
    for (let n = 0; n < 100_000; n += 1) replies += Number(budget.take(`p${n}`, n / 10));
    const perSecond = limits.discoveryRepliesPerSecond;
    assert.ok(replies <= perSecond * 11 && replies >= perSecond * 10, String(replies));
  });
});
