// Hits each process at each moment in each way, with real processes on loopback, and keeps a ledger of every job.
//   --short           the cells that the tests have time for
//   --cell V/B/M      one of them, as node/SIGKILL/running; with * for any part, as */SIGKILL/commit
//   --runtime R       what the processes run in: bun (default) or deno
import process from "node:process";
import { parseArgs } from "node:util";
import { isGoodLedger, ledgerText } from "../tests/harness/ledger.ts";
import { allRunners } from "../tests/harness/runners.ts";
import { allCells, nameOf, shortCells } from "../tests/kill/cells.ts";
import { runMatrix } from "../tests/kill/run_matrix.ts";

const { values } = parseArgs({
  options: {
    short: { type: "boolean", default: false },
    cell: { type: "string" },
    runtime: { type: "string", default: "bun" },
  },
});
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const runner = allRunners().find(({ name }) => name === values.runtime);
const cells = values.cell === undefined
  ? values.short ? shortCells : allCells
  : allCells.filter((cell) => matches(nameOf(cell), values.cell ?? ""));
if (runner === undefined || cells.length === 0) {
  const why = runner === undefined ? `--runtime is ${values.runtime}` : `no cell is ${values.cell}`;
  process.stderr.write(`Cannot run: ${why}\n`);
  process.exit(2);
}
const { table, total, isGood } = await runMatrix(cells, runner, print);
for (const line of table) print(line);
print(ledgerText(total));
process.exitCode = isGood && isGoodLedger(total) ? 0 : 1;

function matches(name: string, pattern: string): boolean {
  const parts = name.split("/");
  return pattern.split("/").every((part, index) => part === "*" || part === parts[index]);
}
