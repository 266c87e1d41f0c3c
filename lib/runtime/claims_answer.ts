import type { Claims } from "./claims.ts";

/** What a host in another process asks of the claims. */
export type ClaimsRequest =
  | { readonly type: "retract"; readonly seqs: readonly number[] }
  | { readonly type: "probe" };

/** An answer. A task that has begun is `running`, or has ended and its result is on the way. */
export type ClaimsAnswer =
  | { readonly type: "returned"; readonly seqs: readonly number[] }
  | {
    readonly type: "begun";
    readonly seq: number;
    readonly running: boolean;
    readonly startedAtMs: number;
  };

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
