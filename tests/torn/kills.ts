import { cpSync } from "node:fs";
import { join } from "node:path";
import { createRng } from "../../lib/core/shared/rng.ts";
import { root } from "../../scripts/files.ts";
import { TestBed } from "../harness/test_bed.ts";
import { inQuickFolder } from "./image.ts";
import { openAndJudge } from "./model.ts";
import type { Tally } from "./tally.ts";

/** From the first words of a writer to its end, at most. */
const maxLifeMs = 150;
/** Characters that make a snapshot so long that it takes several commits. */
const snapshotPadding = 60_000;

/** Kills writers of one journal, one after the other, each at a moment drawn at random. */
export async function killWriters(rounds: number, tally: Tally): Promise<void> {
  const random = createRng(rounds);
  await using bed = new TestBed();
  const folder = join(bed.folder, "journal");
  let inCompaction = 0;
  for (let round = 0; round < rounds; round++) {
    const padding = round % 2 === 0 ? 0 : snapshotPadding;
    const writer = bed.script(`${root}/tests/torn/writer.ts`, [folder, `${padding}`]);
    const hasBegun = (): boolean => /compacting|error/i.test(writer.stdout + writer.stderr);
    await writer.until("it writes", hasBegun);
    await new Promise((resolve) => setTimeout(resolve, random() * maxLifeMs));
    writer.kill("SIGKILL");
    const { stdout, stderr } = await writer.ended();
    if (stderr !== "") tally.losses.push(`a writer could not go on: ${stderr}`);
    if (count(stdout, "compacting") > count(stdout, "compacted")) inCompaction += 1;
    tally.kills += 1;
    const acked = Math.max(...[...stdout.matchAll(/^acked (\d+)$/gm)].map(([, n]) => Number(n)));
    await inQuickFolder((parent) => {
      const copy = join(parent, "journal");
      cpSync(folder, copy, { recursive: true });
      judge(copy, acked, tally);
      return Promise.resolve();
    });
  }
  // It compacts all the time, so that it would be a wonder if none was hit.
  if (inCompaction === 0) tally.problems.push("no writer was killed in a compaction");
}

/** A killed writer has no excuse: everything acknowledged must be there. */
function judge(copy: string, acked: number, tally: Tally): void {
  const verdict = openAndJudge(copy);
  if (verdict.kind === "recovered" && verdict.step >= acked) tally.recovered += 1;
  else tally.losses.push(`killed after step ${acked} was acknowledged: ${JSON.stringify(verdict)}`);
}

function count(text: string, line: string): number {
  return text.split("\n").filter((each) => each === line).length;
}
