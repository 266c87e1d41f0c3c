import { isGoodLedger, type LedgerLine, ledgerText, sumOfLedgers } from "../harness/ledger.ts";
import type { Runner } from "../harness/runners.ts";
import { type Cell, nameOf } from "./cells.ts";
import { runCell } from "./run_cell.ts";

/** What came of all cells. */
export type MatrixResult = {
  readonly table: readonly string[];
  readonly total: LedgerLine;
  /** Whether each of them kept the promise and came to its end. */
  readonly isGood: boolean;
};

/** Plays cells one after the other; `say` is told of each. */
export async function runMatrix(
  cells: readonly Cell[],
  runner: Runner,
  say: (line: string) => void,
): Promise<MatrixResult> {
  const lines: LedgerLine[] = [];
  const rows: string[][] = [];
  let isGood = true;
  for (const cell of cells) {
    const { line, problem } = await runCell(cell, runner);
    const isKept = isGoodLedger(line) && problem === undefined;
    isGood &&= isKept;
    say(`${nameOf(cell)}: ${ledgerText(line)}`);
    if (problem !== undefined) say(`FAILED ${nameOf(cell)}: ${problem}`);
    lines.push(line);
    rows.push(rowOf(cell, line, isKept));
  }
  const total = sumOfLedgers(lines);
  return { table: tableOf([headings, ...rows]), total, isGood };
}

const headings = [
  "VICTIM",
  "BLOW",
  "MOMENT",
  "ACKED",
  "DELIVERED",
  "DUPLICATES",
  "LOST",
  "WRONG",
  "EXECUTIONS",
  "STALE",
  "RECOVERY",
  "",
];

function rowOf({ victim, blow, moment }: Cell, line: LedgerLine, isKept: boolean): string[] {
  const { acked, delivered, duplicates, lost, wrong, executions, staleRejected } = line;
  const figures = [acked, delivered, duplicates, lost, wrong, executions, staleRejected];
  const recovery = `${Math.round(line.maxRecoveryMs)} ms`;
  return [victim, blow, moment, ...figures.map(String), recovery, isKept ? "ok" : "FAILED"];
}

const words = 3;

function tableOf(rows: readonly (readonly string[])[]): string[] {
  const widths = headings.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  );
  return rows.map((row) =>
    row.map((text, column) => {
      const width = widths[column] ?? 0;
      return column < words || column === row.length - 1
        ? text.padEnd(width)
        : text.padStart(width);
    }).join("  ").trimEnd()
  );
}
