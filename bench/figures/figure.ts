import type { Side } from "../peers/mod.ts";

/** What a figure's values are, and how they are written. */
export type Unit = "jobs/s" | "of ideal" | "ms" | "µs" | "bytes" | "MB" | "MB/s";

/** Median over the rounds of one contender. */
export type Row = {
  readonly name: string;
  readonly side: Side;
  readonly value: number;
  readonly rounds: readonly number[];
};

/** A figure to reach; one without bounds is only told. */
export type Check = {
  readonly claim: string;
  readonly value: number;
  readonly unit: Unit | "x";
  readonly atLeast?: number;
  readonly atMost?: number;
};

/** One table of the benchmark. */
export type Figure = {
  readonly id: string;
  readonly title: string;
  /** How it was measured: rounds, warm-up, sizes. */
  readonly method: string;
  readonly unit: Unit;
  readonly rows: readonly Row[];
  readonly checks: readonly Check[];
  /** Contenders that are not in the table, and why. */
  readonly skipped: readonly { readonly name: string; readonly why: string }[];
};

/** Sizes of everything; `quick` shows that the benchmark works and measures nothing of worth. */
export type Scale = {
  readonly rounds: (full: number) => number;
  readonly warmups: (full: number) => number;
  readonly count: (full: number) => number;
};

/** The sizes the figures to reach are about. */
export const fullScale: Scale = {
  rounds: (full) => full,
  warmups: (full) => full,
  count: (full) => full,
};

/** A hundredth of everything, in one round. */
export const quickScale: Scale = {
  rounds: () => 1,
  warmups: () => 0,
  count: (full) => Math.ceil(full / 100),
};

/** What all figures are measured with. */
export type Bench = {
  readonly runtime: "bun" | "deno";
  readonly workers: number;
  readonly scale: Scale;
};

/** Whether a check holds. */
export function holds({ value, atLeast = -Infinity, atMost = Infinity }: Check): boolean {
  return value >= atLeast && value <= atMost;
}

/** The middle value; of an even number the higher of two. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}
