import { join } from "node:path";
import { closedImage, flipBits, type Flips, makeSpecimen, truncateEverywhere } from "./damages.ts";
import { type Image, type ImageFile, inQuickFolder } from "./image.ts";
import { killWriters } from "./kills.ts";
import type { Tally } from "./tally.ts";

/** How much a run does. */
export type Amount = {
  /** The log is cut at every so many bytes of its last transaction. */
  readonly stride: number;
  /** Bits turned in each place. */
  readonly sample: number;
  /** Whether a bit of each byte is turned where it matters most. */
  readonly everyByte: boolean;
  readonly kills: number;
};

/** Of all that `npm run torn-journal` can do, and what the tests have time for. */
export const whole: Amount = { stride: 1, sample: 3000, everyByte: true, kills: 60 };
export const short: Amount = { stride: 211, sample: 120, everyByte: false, kills: 4 };

const databaseHeaderBytes = 100;
const logHeaderBytes = 32 + 24;

/** Damages journals in every way and opens them, and kills their writers; `say` is told what goes on. */
export async function tearJournals(
  amount: Amount,
  tally: Tally,
  say: (line: string) => void,
): Promise<void> {
  await inQuickFolder((folder) => {
    damageAll(folder, amount, tally, say);
    return Promise.resolve();
  });
  await killWriters(amount.kills, tally);
  say(`killed writers: ${tally}`);
}

function damageAll(
  folder: string,
  amount: Amount,
  tally: Tally,
  say: (line: string) => void,
): void {
  const specimen = makeSpecimen(join(folder, "specimen"));
  truncateEverywhere(folder, specimen, amount.stride, tally);
  say(`cut the log: ${tally}`);
  const { image, step, logBytesBefore } = specimen;
  const flip = (what: string, damaged: Image, flips: readonly Flips[]): void => {
    for (const each of flips) flipBits(folder, damaged, step, each, tally);
    say(`turned bits of ${what}: ${tally}`);
  };
  flip("an open journal", image, [
    ...placesOf(image, "log", logHeaderBytes, amount),
    ...(amount.everyByte
      ? [{ file: "log" as const, fromByte: logBytesBefore, toByte: image.log?.length ?? 0 }]
      : []),
    ...placesOf(image, "database", databaseHeaderBytes, amount),
    ...placesOf(image, "mark", image.mark.length, amount),
  ]);
  const closed = closedImage(join(folder, "closed"), specimen);
  flip("a closed journal", closed, [
    ...placesOf(closed, "database", databaseHeaderBytes, amount),
    ...placesOf(closed, "mark", closed.mark.length, amount),
  ]);
}

/** A bit of each byte of the header, and a sample of all the rest. */
function placesOf(image: Image, file: ImageFile, headerBytes: number, amount: Amount): Flips[] {
  const toByte = image[file]?.length ?? 0;
  const header = { file, fromByte: 0, toByte: headerBytes };
  if (headerBytes === toByte) return [header];
  return [header, { file, fromByte: headerBytes, toByte, sample: amount.sample }];
}
