import { readFileSync } from "node:fs";
import process from "node:process";
import { root } from "../files.ts";
import { count, type Result } from "./results.ts";
import { readSkips } from "./skips.ts";

const slowestShown = 10;
const maxOutputLines = 300;

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Shows what runs now; on a terminal {@link showResult} writes over it. */
export function showStart(kind: string, source: string): void {
  if (process.stdout.isTTY) process.stdout.write(`     …  ${kind} ${source}`);
}

/** Shows one line for what has just ended. */
export function showResult(result: Result): void {
  if (process.stdout.isTTY) process.stdout.write("\r\x1b[2K");
  print(resultLine(result));
}

/** One line: time, verdict, kind, source, counts. */
function resultLine(result: Result): string {
  const failed = count([result], "failed");
  const skipped = count([result], "skipped");
  const counts = [
    `${count([result], "passed")} passed`,
    ...(failed > 0 ? [`${failed} FAILED`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  const time = `${result.seconds.toFixed(2)} s`.padStart(9);
  const verdict = failed > 0 ? "FAIL" : "ok  ";
  const isStep = result.kind === "check" || result.kind === "build";
  const tail = isStep ? "" : `: ${counts.join(", ")}`;
  return `${time} ${verdict} ${result.kind} ${result.source}${tail}`;
}

/** Prints {@link summaryOf}. */
export function showSummary(results: readonly Result[]): void {
  print(summaryOf(results));
}

/** Skips with reasons, slowest tests and failures in full; the last line is `N passed, N failed, N skipped`. */
export function summaryOf(results: readonly Result[]): string {
  const sections = [skippedLines, unequalLines, slowestLines, failureLines]
    .map((section) => section(results).join("\n"))
    .filter((text) => text !== "");
  const outcomes = ["passed", "failed", "skipped"] as const;
  const total = outcomes.map((outcome) => `${count(results, outcome)} ${outcome}`).join(", ");
  return ["", ...sections, total].join("\n\n");
}

function skippedLines(results: readonly Result[]): string[] {
  const lines = results.flatMap(({ kind, source, cases }) => {
    const skipped = cases.filter((one) => one.outcome === "skipped");
    if (skipped.length === 0) return [];
    const { reasons } = readSkips(source, readFileSync(`${root}/${source}`, "utf8"));
    return skipped.map(({ name }) =>
      `  ${kind} ${source} > ${name}\n    ${reasonFor(name, reasons)}`
    );
  });
  return lines.length === 0 ? [] : [`SKIPPED (${lines.length})`, ...lines];
}

/** The reason of the test itself or of a group around it. */
function reasonFor(name: string, reasons: ReadonlyMap<string, string>): string {
  const own = name.split(" > ").reverse().map((part) => reasons.get(part));
  return own.find((reason) => reason !== undefined) ?? "no reason found in the source";
}

/** A file that gives another number of tests in the other runtime loses some of them there. */
function unequalLines(results: readonly Result[]): string[] {
  const inDeno = new Map(
    results.filter(({ kind }) => kind === "deno").map((result) => [result.source, result]),
  );
  return results.filter(({ kind }) => kind === "bun").flatMap(({ source, cases }) => {
    const other = inDeno.get(source)?.cases.length;
    if (other === undefined || other === cases.length) return [];
    return [`UNEQUAL ${source}: ${cases.length} tests in Bun, ${other} in Deno`];
  });
}

function slowestLines(results: readonly Result[]): string[] {
  const tests = results
    .filter(({ kind }) => kind === "bun" || kind === "deno")
    .flatMap(({ kind, source, cases }) => cases.map((one) => ({ kind, source, ...one })));
  const slowest = tests.sort((a, b) => b.seconds - a.seconds).slice(0, slowestShown);
  const lines = slowest.map(({ kind, source, name, seconds }) =>
    `${`${seconds.toFixed(2)} s`.padStart(9)} ${kind} ${source} > ${name}`
  );
  return lines.length === 0 ? [] : ["SLOWEST", ...lines];
}

function failureLines(results: readonly Result[]): string[] {
  return results.flatMap(({ kind, source, cases, output }) => {
    const failures = cases.filter((one) => one.outcome === "failed");
    if (failures.length === 0) return [];
    return [
      ...failures.map(({ name, failure }) =>
        `FAILED ${kind} ${source} > ${name}\n${indent(failure)}`
      ),
      `Output of ${kind} ${source}:\n${indent(tail(output))}\n`,
    ];
  });
}

function tail(output: string): string {
  const lines = output.trimEnd().split("\n");
  if (lines.length <= maxOutputLines) return lines.join("\n");
  return [`(${lines.length - maxOutputLines} lines before)`, ...lines.slice(-maxOutputLines)].join(
    "\n",
  );
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
