import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Claims } from "../../../lib/runtime/claims.ts";
import { answerRequest } from "../../../lib/runtime/claims_answer.ts";

describe("answerRequest()", () => {
  it("takes back what has not begun, and tells what has", () => {
    const claims = new Claims();
    assert.deepEqual(answerRequest(claims, { type: "probe" }), []);
    claims.begin(2, 7);
    const running = { type: "begun", seq: 2, running: true, startedAtMs: 7 };
    assert.deepEqual(answerRequest(claims, { type: "probe" }), [running]);
    assert.deepEqual(answerRequest(claims, { type: "retract", seqs: [4, 2, 3] }), [
      { type: "returned", seqs: [4, 3] },
      running,
    ]);
    assert.equal(claims.begin(4, 9), false);
  });

  it("tells of one that has ended that it does not run", () => {
    const claims = new Claims();
    claims.begin(3, 1);
    claims.idle();
    const [answer] = answerRequest(claims, { type: "retract", seqs: [3] });
    assert.ok(answer?.type === "begun" && !answer.running);
  });
});
