import { availableParallelism, loadavg } from "node:os";
import process from "node:process";
import { type Check, type Figure, holds, type Row, type Unit } from "./figures/figure.ts";

/** All figures of one runtime. */
export type Report = {
  readonly runtime: string;
  readonly platform: string;
  readonly cores: number;
  /** Of the last minute, when the benchmark began: other work on the machine makes all figures worse. */
  readonly load: number;
  readonly figures: readonly Figure[];
};

/** What the figures were measured on. */
export function describeMachine(runtime: string): Omit<Report, "figures"> {
  const [load = 0] = loadavg();
  const platform = `${process.platform}-${process.arch}`;
  return { runtime, platform, cores: availableParallelism(), load };
}

/** The first line of a report. */
export function renderHead({ runtime, platform, cores, load }: Omit<Report, "figures">): string {
  return `${runtime} on ${platform}, ${cores} cores, load ${load.toFixed(1)}\n`;
}

/** One table, for people. */
export function renderFigure(figure: Figure): string {
  const width = Math.max(...figure.rows.map(({ name }) => name.length), 0);
  const fastestPeer = Math.max(
    ...figure.rows.filter(({ side }) => side === "peer").map(({ value }) => value),
  );
  const lines = figure.rows.map((row) =>
    `  ${row.name.padEnd(width)}  ${format(row.value, figure.unit).padStart(16)}` +
    `${figure.unit === "jobs/s" ? ratio(row.value / fastestPeer) : ""}${spread(row, figure.unit)}`
  );
  const skipped = figure.skipped.map(({ name, why }) => `  ${name}: not measured, ${why}`);
  return [
    `\n${figure.title}`,
    `  ${figure.method}`,
    ...lines,
    ...skipped,
    ...figure.checks.map(renderCheck),
    "",
  ].join("\n");
}

function ratio(value: number): string {
  return value > 0 ? `  ${value.toFixed(2).padStart(5)}x the fastest peer` : "";
}

/** Lowest and highest round. */
function spread({ rounds }: Row, unit: Unit): string {
  if (rounds.length < 2) return "";
  return `  (${format(Math.min(...rounds), unit)} to ${format(Math.max(...rounds), unit)})`;
}

function renderCheck(check: Check): string {
  const { claim, value, unit, atLeast, atMost } = check;
  if (atLeast === undefined && atMost === undefined) {
    return `           ${claim}: ${format(value, unit)}`;
  }
  const bound = atLeast === undefined
    ? `at most ${format(atMost ?? NaN, unit)}`
    : `at least ${format(atLeast, unit)}`;
  return `  ${holds(check) ? "reached" : "SHORT  "}  ${claim}: ${format(value, unit)}, ${bound}`;
}

function format(value: number, unit: Check["unit"]): string {
  switch (unit) {
    case "jobs/s":
    case "bytes":
      return `${Math.round(value).toLocaleString("en-US")} ${unit}`;
    case "of ideal":
      return `${value.toFixed(3)} ${unit}`;
    case "x":
      return `${value.toFixed(3)}x`;
    default:
      return `${value.toFixed(1)} ${unit}`;
  }
}
