import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Claims } from "../../../lib/runtime/claims.ts";
import { answerRequest } from "../../../lib/runtime/claims_answer.ts";

describe("answerRequest()", () => {
  it("takes back what has not begun, and tells what has", () => {
    const claims = new Claims();
    assert.equal(answerRequest(claims, { type: "probe" }), undefined);
    assert.deepEqual(answerRequest(claims, { type: "retract", seq: 1 }), {
      type: "returned",
      seq: 1,
    });
    assert.equal(claims.begin(1, 5), false);
    claims.begin(2, 7);
    const running = { type: "begun", seq: 2, running: true, startedAtMs: 7 };
    assert.deepEqual(answerRequest(claims, { type: "probe" }), running);
    assert.deepEqual(answerRequest(claims, { type: "retract", seq: 2 }), running);
  });

  it("tells of one that has ended that it does not run", () => {
    const claims = new Claims();
    claims.begin(3, 1);
    claims.idle();
    const answer = answerRequest(claims, { type: "retract", seq: 3 });
    assert.ok(answer?.type === "begun" && !answer.running);
  });
});
