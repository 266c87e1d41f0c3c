// Makes deliberate faults in the machines, one at a time, and expects the simulation to find each.
//   --seeds N    how many it may take (2000 by default)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { mutants } from "../tests/sim/mutants/mutants.ts";
import { runMutant } from "../tests/sim/mutants/run_mutant.ts";

const { values } = parseArgs({ options: { seeds: { type: "string", default: "2000" } } });
const seeds = Number(values.seeds);
if (!Number.isSafeInteger(seeds) || seeds < 1) {
  process.stderr.write(`Cannot run: --seeds is "${values.seeds}", not a whole number from 1\n`);
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), "muster-mutants-"));
let killed = 0;
try {
  for (const [index, mutant] of mutants.entries()) {
    const report = await runMutant(mutant, join(folder, String(index)), seeds);
    if (report.killed === undefined) {
      process.stdout.write(`SURVIVED ${report.name}: ${seeds} seeds\n`);
      continue;
    }
    killed += 1;
    const { seed, message } = report.killed;
    process.stdout.write(`killed   ${report.name}: seed ${seed}, ${message.slice(0, 100)}\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`mutants_killed=${killed}/${mutants.length}\n`);
process.exitCode = killed === mutants.length ? 0 : 1;
