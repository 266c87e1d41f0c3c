/** What looking at one thing came to. */
export type Finding = {
  /** What was looked at, in a word or two. */
  readonly subject: string;
  /** A note is worth knowing and nothing to mend. */
  readonly verdict: "ok" | "note" | "fail";
  readonly seen: string;
  /** What to do about it. */
  readonly advice?: string;
};

/** All is well. */
export function ok(subject: string, seen: string): Finding {
  return { subject, verdict: "ok", seen };
}

/** Worth knowing. */
export function note(subject: string, seen: string, advice: string): Finding {
  return { subject, verdict: "note", seen, advice };
}

/** To be mended. */
export function fail(subject: string, seen: string, advice: string): Finding {
  return { subject, verdict: "fail", seen, advice };
}
