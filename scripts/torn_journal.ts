// Damages journals in every way that disks and crashes can, and checks that nothing acknowledged is lost in silence.
//   --short    the part that the tests have time for
import process from "node:process";
import { parseArgs } from "node:util";
import {
  fillSmallDisk,
  refuseWrites,
  whyNoFailingDisk,
  whyNoSmallDisk,
} from "../tests/torn/full_disk.ts";
import { fillSchedulerDisk, isGoodRelief, type Relief } from "../tests/torn/full_scheduler.ts";
import { musterRunners } from "../tests/harness/runners.ts";
import { ledgerText } from "../tests/harness/ledger.ts";
import { short, tearJournals, whole } from "../tests/torn/run.ts";
import { Tally } from "../tests/torn/tally.ts";

const { values } = parseArgs({ options: { short: { type: "boolean", default: false } } });
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const tally = new Tally();
await tearJournals(values.short ? short : whole, tally, print);
if (whyNoSmallDisk === undefined) print(`full disk: ${await fillSmallDisk(tally)}`);
else print(`SKIPPED full disk: ${whyNoSmallDisk}`);
if (whyNoSmallDisk === undefined) {
  await fillUnderScheduler("room");
  await fillUnderScheduler("kill, then room");
}
if (whyNoFailingDisk === undefined) print(`failing disk: ${await refuseWrites(tally)}`);
else print(`SKIPPED failing disk: ${whyNoFailingDisk}`);
const maxShown = 20;
for (const line of [...tally.losses, ...tally.problems].slice(0, maxShown)) print(line);
print(tally.toString());
process.exitCode = tally.isGood ? 0 : 1;

async function fillUnderScheduler(relief: Relief): Promise<void> {
  const [runner] = musterRunners();
  if (runner === undefined) {
    throw new Error("Cannot fill a disk: there is nothing to start muster with");
  }
  const result = await fillSchedulerDisk(runner, relief);
  print(`full disk of a scheduler, ${relief}: ${ledgerText(result.line)}`);
  if (isGoodRelief(result)) tally.recovered += 1;
  else tally.losses.push(`a full disk of a scheduler, ${relief}: ${JSON.stringify(result)}`);
}
