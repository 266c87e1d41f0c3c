import { parseArgs } from "node:util";
import type { Figures } from "./figures/mod.ts";

/** Where the figures are measured. */
export type RuntimeChoice = "this" | "bun" | "deno" | "both";

/** What the command line asks for. */
export type BenchOptions = {
  readonly runtime: RuntimeChoice;
  /** Which figures, by id. */
  readonly figures: readonly string[];
  readonly json: boolean;
  readonly assert: boolean;
  readonly quick: boolean;
};

/** The help text. */
export function usage(script: string, figures: Figures): string {
  return `bench/${script} [--runtime this|bun|deno|both] [--figure ID]... [--json] [--assert] [--quick]

  --runtime   where to measure; "both" is one after the other (default: this, what it was started with)
  --figure    measure only this one (can be repeated): ${[...figures.keys()].join(", ")}
  --json      print one JSON object for each runtime, and no tables
  --assert    exit with 1 when a figure falls short
  --quick     tiny sizes in one round: shows that it works, measures nothing of worth
`;
}

/**
 * Reads the command line.
 *
 * @throws {TypeError} When it cannot be read; the message says why.
 */
export function parseBenchOptions(args: readonly string[], figures: Figures): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runtime: { type: "string", default: "this" },
      figure: { type: "string", multiple: true },
      json: { type: "boolean", default: false },
      assert: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
    },
  });
  const { runtime, figure = [...figures.keys()], json, assert, quick } = values;
  const unknown = figure.find((id) => !figures.has(id));
  if (unknown !== undefined) throw new TypeError(`Cannot measure "${unknown}": no such figure`);
  if (!isRuntimeChoice(runtime)) {
    throw new TypeError(`Cannot measure in "${runtime}": give this, bun, deno or both`);
  }
  return { runtime, figures: figure, json, assert, quick };
}

function isRuntimeChoice(text: string): text is RuntimeChoice {
  return ["this", "bun", "deno", "both"].includes(text);
}
