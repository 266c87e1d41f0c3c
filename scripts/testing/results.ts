import type { TestCase } from "./junit.ts";

/** What one test file, check or build step gave. */
export type Result = {
  /** "bun", "deno", "check" or "build". */
  readonly kind: string;
  /** The test file, or the name of the check. */
  readonly source: string;
  readonly cases: readonly TestCase[];
  readonly seconds: number;
  /** What it wrote, shown when a case failed. */
  readonly output: string;
};

/** A failure of the whole rather than of one test: a crash, a time-out, an empty report. */
export function failedCase(name: string, failure: string): TestCase {
  return { name, outcome: "failed", seconds: 0, failure };
}

/** How many cases ended in a given way. */
export function count(results: readonly Result[], outcome: TestCase["outcome"]): number {
  return results.flatMap((result) => result.cases).filter((c) => c.outcome === outcome).length;
}
