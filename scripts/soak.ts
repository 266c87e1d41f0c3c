// Passes a million jobs in half an hour through a shared scheduler that writes to disk, three nodes and a client, while
// daemons are killed and started again at random.
//   --minutes N   how long, and so how many jobs (30 by default)
//   --seed K      of the kills (of the clock by default)
import process from "node:process";
import { parseArgs } from "node:util";
import { isGoodLedger, ledgerText } from "../tests/harness/ledger.ts";
import { musterRunners } from "../tests/harness/runners.ts";
import type { Growth } from "../tests/soak/samples.ts";
import { soak } from "../tests/soak/soak.ts";

/**
 * What counts as flat. Two million jobs an hour that each left one object behind, of 32 bytes at least, would make it
 * 64 MB; a collector that runs late makes less than that in the half of a run that is looked at. A file that stays open
 * for every kill would make 60 an hour and more.
 */
const maxMbPerHour = 64;
const maxFilesPerHour = 30;
/** In less time than this what a collector does by turns is all that is seen. */
const minJudgedMinutes = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write("Cannot run: --minutes is a number above 0 and --seed a whole number\n");
  process.exit(2);
}
const print = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
const [runner] = musterRunners();
if (runner === undefined) throw new Error("Cannot run: there is nothing to start muster with");
print(`minutes=${minutes} seed=${seed} runner=${runner.name}`);
const { line, kills, growths } = await soak(runner, { minutes, seed, say: print });
print(`kills=${kills}`);
let isFlat = true;
for (const [name, growth] of growths) isFlat = judge(name, growth) && isFlat;
print(ledgerText(line));
process.exitCode = isGoodLedger(line) && isFlat ? 0 : 1;

function judge(name: string, growth: Growth): boolean {
  const { residentMb, residentMbPerHour, files, filesPerHour } = growth;
  const isFlat = residentMbPerHour <= maxMbPerHour && filesPerHour <= maxFilesPerHour;
  const verdict = minutes < minJudgedMinutes ? "too short to judge" : isFlat ? "flat" : "GROWS";
  print(
    `${name.padEnd(16)} ${residentMb.toFixed(0).padStart(5)} MB ` +
      `${residentMbPerHour.toFixed(1).padStart(8)} MB/h ${String(files).padStart(4)} files ` +
      `${filesPerHour.toFixed(1).padStart(7)} files/h  ${verdict}`,
  );
  return isFlat || minutes < minJudgedMinutes;
}
