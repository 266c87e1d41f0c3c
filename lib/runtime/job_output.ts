import { limits } from "../proto/limits.ts";
import type { Printed } from "../proto/executor.ts";

/** Keeps what jobs print, each job's apart from the others'. */
export interface JobOutput {
  /** A job begins after a pause: what was printed in it is nobody's. */
  begin(): void;
  /**
   * Takes what was printed since the job before ended.
   *
   * @param ranMs How long the job ran.
   * @returns Undefined if it was nothing.
   */
  take(ranMs: number): Printed | undefined;
  /** No job follows for now. */
  end(): void;
}

const cutMark = "\n[output cut: over the limit]\n";

/** What is kept of one stream's text. */
export function cutOutput(text: string): string {
  if (text.length <= limits.maxJobOutputChars) return text;
  return text.slice(0, limits.maxJobOutputChars) + cutMark;
}
