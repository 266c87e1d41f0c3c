import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Ending, Outcome } from "../../../lib/proto/jobs.ts";
import {
  detailOf,
  endingCount,
  endingNumber,
  endingOf,
  outcomeCount,
  outcomeNumber,
  outcomeOf,
} from "../../../lib/wire/endings.ts";

describe("numbers of outcomes and endings", () => {
  it("are as many as there are outcomes, each its own", () => {
    const kinds = Array.from({ length: outcomeCount }, (_, number): Outcome => {
      const outcome = outcomeOf(number, "1");
      assert.equal(outcomeNumber(outcome), number);
      return outcome;
    });
    assert.deepEqual(kinds.map(({ kind }) => kind), [
      "finished",
      "threw",
      "crashed",
      "stopped",
      "expired",
    ]);
    assert.deepEqual(kinds.map(detailOf), ["1", "1", "1", undefined, undefined]);
  });

  it("are as many as there are endings, each its own", () => {
    const endings = Array.from({ length: endingCount }, (_, number): Ending => {
      const ending = endingOf(number, undefined);
      assert.equal(endingNumber(ending), number);
      return ending;
    });
    assert.equal(new Set(endings.map((ending) => JSON.stringify(ending))).size, endingCount);
    assert.equal(endings.filter(({ status }) => status === "terminated").length, 6);
  });
});
