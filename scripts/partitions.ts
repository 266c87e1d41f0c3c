// Runs a shared scheduler, three nodes and a client, each on a network host of its own, and has their network be faulty.
//   --short       the cases that the tests have time for
//   --case NAME   one case; what there is is said when there is none of that name
// Exits with 77 where networks of one's own cannot be made.
import process from "node:process";
import { parseArgs } from "node:util";
import { isGoodLedger, ledgerText, sumOfLedgers } from "../tests/harness/ledger.ts";
import { canMakeNetworks } from "../tests/harness/namespaces.ts";
import { musterRunners } from "../tests/harness/runners.ts";
import { type Case, cases, shortCases } from "../tests/partitions/cases.ts";
import { type CaseResult, runCase } from "../tests/partitions/run_case.ts";

const skippedCode = 77;

const { values } = parseArgs({
  options: { short: { type: "boolean", default: false }, case: { type: "string" } },
});
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

process.exitCode = canMakeNetworks ? await runAll(chosen()) : skip();

function skip(): number {
  print("SKIPPED: networks of our own need Linux, root, iproute2 (ip netns) and nftables (nft)");
  return skippedCode;
}

function chosen(): readonly Case[] {
  if (values.case === undefined) return values.short ? shortCases : cases;
  const named = cases.filter(({ name }) => name === values.case);
  if (named.length > 0) return named;
  process.stderr.write(
    `Cannot run case "${values.case}": give one of ${cases.map(({ name }) => name).join(", ")}\n`,
  );
  process.exit(2);
}

/** Gives the exit code. */
async function runAll(list: readonly Case[]): Promise<number> {
  const [runner] = musterRunners();
  if (runner === undefined) {
    throw new Error("Cannot run cases: there is nothing to start muster with");
  }
  const results: CaseResult[] = [];
  print(
    row([
      "CASE",
      "IN FAULT",
      "DELIVERED",
      "EXECUTIONS",
      "STALE",
      "DUP",
      "LOST",
      "WRONG",
      "RECOVERY",
    ]),
  );
  for (const one of list) {
    const result = await runCase(runner, one);
    results.push(result);
    print(rowOf(result));
    if (result.problem !== undefined) print(`  ${result.problem}`);
  }
  const sum = sumOfLedgers(results.map(({ line }) => line));
  print(ledgerText(sum));
  const isGood = isGoodLedger(sum) && results.every(({ problem }) => problem === undefined);
  return isGood ? 0 : 1;
}

function rowOf({ name, line, deliveredInFault }: CaseResult): string {
  const { delivered, executions, staleRejected, duplicates, lost, wrong, maxRecoveryMs } = line;
  const figures = [deliveredInFault, delivered, executions, staleRejected, duplicates, lost, wrong];
  return row([name, ...figures.map(String), `${(maxRecoveryMs / 1000).toFixed(1)} s`]);
}

function row([name = "", ...cells]: readonly string[]): string {
  return `${name.padEnd(24)}${cells.map((cell) => cell.padStart(11)).join("")}`;
}
