/** What a host asks about the tasks that it has handed to a runner in another process, and what it is answered. */

/** What the host asks. */
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
