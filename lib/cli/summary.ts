import { renderResult } from "./output/render_result.ts";
import {
  formatDuration,
  formatRate,
  groupDigits,
  oneLine,
  shorten,
  stripControls,
} from "./output/plain_text.ts";
import { type Paint, plain } from "./output/color.ts";

/** A job that ended without a result. */
export type Failure = {
  /** Number of its input, from 1. */
  readonly seq: number;
  readonly input: unknown;
  readonly error: {
    readonly name: string;
    readonly message: string;
    /** Places, innermost first, mapped to the user's files: `check (src/heavy.ts:12:9)`. */
    readonly stack: readonly string[];
  };
  /** Where the last attempt ran; undefined if none did. */
  readonly node: string | undefined;
  /** Which attempt failed, from 1; 0 if the job never started. */
  readonly attempt: number;
};

/** How many failures are kept and shown in full. */
const maxDetailed = 20;
/** Different messages that are counted; messages often hold the input, and then no two are the same. */
const maxMessages = 1000;
const maxMessageChars = 200;
const maxShownMessages = 10;

/** The failures of a run: the first in full, the others by their message, so that a million of them take little memory. */
export class FailureTally {
  #total = 0;
  readonly #detailed: Failure[] = [];
  readonly #byMessage = new Map<string, number>();

  add(failure: Failure): void {
    this.#total += 1;
    if (this.#detailed.length < maxDetailed) {
      this.#detailed.push(failure);
      return;
    }
    const { name, message } = failure.error;
    const key = oneLine(`${name}: ${message}`, maxMessageChars);
    const count = this.#byMessage.get(key);
    if (count !== undefined || this.#byMessage.size < maxMessages) {
      this.#byMessage.set(key, (count ?? 0) + 1);
    }
  }

  get total(): number {
    return this.#total;
  }

  /** The first failures, at most 20. */
  get detailed(): readonly Failure[] {
    return this.#detailed;
  }

  /** Messages of the failures after those, the most frequent first, with how often each came. Clean of control characters. */
  get messages(): readonly { readonly message: string; readonly count: number }[] {
    return [...this.#byMessage]
      .map(([message, count]) => ({ message, count }))
      .sort((a, b) => b.count - a.count);
  }
}

export type FailureOptions = {
  /** The job log that holds every failure; undefined if none is written. */
  readonly joblog?: string | undefined;
  /** Leaves control characters of jobs' texts in: for a reader that is no terminal. @default false */
  readonly raw?: boolean;
  /** @default No colours. */
  readonly paint?: Paint;
};

/** What is told of the failures at the end of a run, ending in a line end; nothing if there were none. */
export function renderFailures(tally: FailureTally, options: FailureOptions = {}): string {
  if (tally.total === 0) return "";
  const blocks = tally.detailed.map((failure) => renderFailure(failure, options));
  const rest = tally.total - tally.detailed.length;
  if (rest > 0) blocks.push(renderRest(rest, tally, options));
  return blocks.join("\n");
}

function renderFailure(failure: Failure, options: FailureOptions): string {
  const paint = options.paint ?? plain;
  const clean = options.raw === true ? (text: string): string => text : stripControls;
  const { name, message, stack } = failure.error;
  const where = failure.node === undefined ? "" : ` on ${clean(failure.node)}`;
  const attempt = failure.attempt > 1 ? `, attempt ${failure.attempt}` : "";
  // Where the program that knows the input is another one, its number must do.
  const input = failure.input === undefined
    ? ""
    : `: ${shorten(clean(inputText(failure.input)), 200)}`;
  const lines = [
    `${paint("red", "failed")} input ${failure.seq}${input}${paint("dim", where + attempt)}`,
    `  ${indent(clean(`${name}: ${message}`))}`,
    ...stack.map((place) => paint("dim", `    at ${clean(place)}`)),
  ];
  return lines.join("\n") + "\n";
}

function renderRest(rest: number, tally: FailureTally, options: FailureOptions): string {
  const messages = tally.messages;
  const shown = messages.slice(0, maxShownMessages);
  const unshown = rest - shown.reduce((sum, { count }) => sum + count, 0);
  const lines = [`and ${groupDigits(rest)} more:`];
  for (const { message, count } of shown) lines.push(`  ${groupDigits(count)} x ${message}`);
  if (unshown > 0) lines.push(`  ${groupDigits(unshown)} with other messages`);
  lines.push(
    options.joblog === undefined
      ? "--joblog FILE keeps a line for each"
      : `each has a line in ${options.joblog}`,
  );
  return lines.join("\n") + "\n";
}

function indent(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

function inputText(input: unknown): string {
  try {
    return renderResult(input);
  } catch {
    return String(input);
  }
}

/** The end of a run in numbers. */
export type Summary = {
  /** Jobs that have a result. */
  readonly done: number;
  readonly failed: number;
  /** Jobs that were stopped before they ended. */
  readonly cancelled: number;
  /** Inputs that an earlier run had done. */
  readonly skipped: number;
  readonly elapsedMs: number;
};

/** One line, without its line end: `1,000 done, 3 failed, 12.3 s, 81.5 jobs/s`. */
export function renderSummary(summary: Summary): string {
  const parts = [`${groupDigits(summary.done)} done`];
  for (const what of ["failed", "cancelled", "skipped"] as const) {
    if (summary[what] > 0) parts.push(`${groupDigits(summary[what])} ${what}`);
  }
  parts.push(formatDuration(summary.elapsedMs), `${formatRate(jobsPerSecond(summary))} jobs/s`);
  return parts.join(", ");
}

/** The same and the failures for `--json`, with durations in milliseconds. Texts of jobs are as the jobs gave them. */
export function summaryJson(
  summary: Summary,
  tally: FailureTally,
): Readonly<Record<string, unknown>> {
  return {
    ...summary,
    jobsPerSecond: Math.round(jobsPerSecond(summary) * 100) / 100,
    failures: tally.detailed,
    moreFailures: tally.messages,
  };
}

function jobsPerSecond(summary: Summary): number {
  const ended = summary.done + summary.failed;
  return summary.elapsedMs > 0 ? ended / (summary.elapsedMs / 1000) : 0;
}
