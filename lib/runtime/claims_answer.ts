import type { ClaimsAnswer, ClaimsRequest } from "../proto/claims.ts";
import type { Claims } from "./claims.ts";

/** Answers for a runner, whatever keeps it busy; there is no answer if a probe finds nothing running. */
export function answerRequest(claims: Claims, request: ClaimsRequest): ClaimsAnswer[] {
  if (request.type === "probe") {
    const now = claims.running();
    return now === undefined ? [] : [{ type: "begun", running: true, ...now }];
  }
  const returned: number[] = [];
  const begun: ClaimsAnswer[] = [];
  for (const seq of request.seqs) {
    if (claims.withdraw(seq)) returned.push(seq);
    else begun.push(begunAnswer(claims, seq));
  }
  return returned.length === 0 ? begun : [{ type: "returned", seqs: returned }, ...begun];
}

function begunAnswer(claims: Claims, seq: number): ClaimsAnswer {
  const now = claims.running();
  if (now?.seq === seq) return { type: "begun", running: true, ...now };
  // Between its claim and its first moment, what is seen running is the one before.
  return {
    type: "begun",
    seq,
    running: false,
    startedAtMs: performance.timeOrigin + performance.now(),
  };
}
