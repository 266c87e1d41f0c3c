import type { Claims } from "./claims.ts";

/** What a host in another process asks of the claims. */
export type ClaimsRequest =
  | { readonly type: "retract"; readonly seq: number }
  | { readonly type: "probe" };

/** The answer. A task that has begun is `running`, or has ended and its result is on the way. */
export type ClaimsAnswer =
  | { readonly type: "returned"; readonly seq: number }
  | {
    readonly type: "begun";
    readonly seq: number;
    readonly running: boolean;
    readonly startedAtMs: number;
  };

/** Answers for a runner, whatever keeps it busy; undefined if a probe finds nothing running. */
export function answerRequest(claims: Claims, request: ClaimsRequest): ClaimsAnswer | undefined {
  if (request.type === "probe") {
    const now = claims.running();
    return now === undefined ? undefined : { type: "begun", running: true, ...now };
  }
  const { seq } = request;
  if (claims.withdraw(seq)) return { type: "returned", seq };
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
