import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leaseOutcome } from "../../../../lib/node/shared/lease_outcome.ts";
import type { Packed } from "../../../../lib/proto/executor.ts";
import { limits } from "../../../../lib/proto/limits.ts";
import type { TaskEnding } from "../../../../lib/slots/types.ts";
import { unpackDetail } from "../../../../lib/wire/attempt_detail.ts";
import { unpackValue } from "../../../../lib/wire/value.ts";

function outcomeOf(ending: TaskEnding): ReturnType<typeof leaseOutcome> {
  const detail = { ending, report: { runMs: 1, stdout: "", stderr: "" } };
  const end = { status: "finished", detail } as const;
  return leaseOutcome({ ending: end, node: undefined, attempt: 1, runMs: 1 });
}

describe("leaseOutcome()", () => {
  it("carries a result as it is", () => {
    const outcome = outcomeOf({ kind: "finished", value: undefined, packed: "[1]" });
    assert.deepEqual(outcome, { kind: "finished", detail: "[1]" });
  });

  it("gives an error that says what to do for a result that is too long", () => {
    const packed = "x".repeat(limits.maxSharedPayloadBytes + 1);
    const outcome = outcomeOf({ kind: "finished", value: undefined, packed });
    assert.ok(outcome?.kind === "threw");
    const { value } = unpackDetail(outcome.detail as Packed);
    const error = value === undefined ? undefined : unpackValue(value);
    assert.ok(error instanceof RangeError);
    assert.match(
      error.message,
      /^Cannot carry the result: it takes 67043329 bytes, .* write it to/,
    );
  });
});
