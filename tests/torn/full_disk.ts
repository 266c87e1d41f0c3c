import { mkdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { root } from "../../scripts/files.ts";
import { scriptCommand } from "../harness/runners.ts";
import { TestBed } from "../harness/test_bed.ts";
import type { Tally } from "./tally.ts";

/** Why a disk that is full cannot be made here; undefined if it can. */
export const whyNoSmallDisk: string | undefined = process.platform !== "linux"
  ? "needs Linux"
  : process.getuid?.() === 0
  ? undefined
  : "needs root, to mount a small disk";

/** The same of a disk that fails. */
export const whyNoFailingDisk: string | undefined = process.platform === "linux"
  ? undefined
  : "needs Linux";

/** A journal on a disk of two megabytes, in a mount namespace of its own. */
const fillDisk = (folder: string): string => `
  mount -t tmpfs -o size=2m none ${folder} &&
  head -c 600000 /dev/zero > ${folder}/filler &&
  exec ${childCommand()} ${folder}/journal ${folder}/filler`;

/** A journal whose writer may write no file longer than a megabyte: what the system then says is no full disk. */
const breakDisk = (folder: string): string => `
  trap '' XFSZ
  ulimit -S -f 2048
  exec ${childCommand()} ${folder}/journal limit`;

function childCommand(): string {
  return [...scriptCommand, `${root}/tests/torn/full_disk_child.ts`].join(" ");
}

/** Fills a disk under a journal; the folder's name has no blanks. */
export async function fillSmallDisk(tally: Tally): Promise<string> {
  return await runChild(["unshare", "-m", "sh", "-ec"], fillDisk, "full", tally);
}

/** Has the system refuse writes with an error of input and output. */
export async function refuseWrites(tally: Tally): Promise<string> {
  return await runChild(["sh", "-ec"], breakDisk, "io", tally);
}

async function runChild(
  shell: readonly string[],
  script: (folder: string) => string,
  trouble: string,
  tally: Tally,
): Promise<string> {
  await using bed = new TestBed();
  const folder = join(bed.folder, "disk");
  mkdirSync(folder);
  const { stdout, stderr } = await bed.spawn([...shell, script(folder)]).ended();
  const isGood = stdout.startsWith(`good trouble=${trouble} `);
  if (isGood) tally.recovered += 1;
  else tally.losses.push(`a disk with trouble (${trouble}): ${stdout}${stderr}`);
  return stdout.trim();
}
