import * as fs from "node:fs";
import { join } from "node:path";
import { createRng } from "../../lib/core/shared/rng.ts";
import { journalFiles } from "../../lib/journal/sqlite_open.ts";
import { SqliteStore } from "../../lib/journal/sqlite_store.ts";
import { flipBit, type Image, type ImageFile, placeImage, takeImage } from "./image.ts";
import { commitStep, compactAt, openAndJudge, type Verdict } from "./model.ts";
import type { Tally } from "./tally.ts";

/** A journal whose writer was killed after its last step. */
export type Specimen = {
  readonly image: Image;
  /** Its last step, which had been acknowledged. */
  readonly step: number;
  /** The mark as it was before that acknowledgement. */
  readonly markBefore: Uint8Array;
  /** Bytes of the log before the last commit. */
  readonly logBytesBefore: number;
};

/** Each this many journals that were recovered are written to and opened again. */
const reuseInterval = 25;

/** Makes a journal with a history in its database, and some more in its log. */
export function makeSpecimen(folder: string): Specimen {
  const fill = (from: number, to: number, store: SqliteStore): void => {
    for (let step = from; step <= to; step++) commitStep(store, step);
  };
  const first = new SqliteStore({ folder, durability: "full" });
  fill(1, 70, first);
  compactAt(first, 70);
  fill(71, 90, first);
  first.close();
  const second = new SqliteStore({ folder, durability: "full" });
  fill(91, 119, second);
  const { log, mark } = journalFiles(folder);
  const logBytesBefore = fs.statSync(log).size;
  const markBefore = fs.readFileSync(mark);
  commitStep(second, 120);
  const image = takeImage(folder);
  second.close();
  return { image, step: 120, markBefore, logBytesBefore };
}

/** The same journal after its writer has closed it. */
export function closedImage(folder: string, specimen: Specimen): Image {
  placeImage(folder, specimen.image);
  openAndJudge(folder);
  return takeImage(folder);
}

/** Cuts the log at every `stride`-th byte of its last transaction. */
export function truncateEverywhere(
  folder: string,
  specimen: Specimen,
  stride: number,
  tally: Tally,
): void {
  const { image, step, markBefore, logBytesBefore } = specimen;
  const log = image.log ?? new Uint8Array(0);
  for (let length = logBytesBefore; length <= log.length; length += stride) {
    tally.offsets += 1;
    const cut = { ...image, log: log.subarray(0, length) };
    // Torn by a crash, before the last step was acknowledged: the one before is there.
    const torn = open(folder, { ...cut, mark: markBefore });
    judge(`log cut at ${length}, not acknowledged`, torn, step - 1, step, tally);
    if (torn.kind !== "recovered") tally.problems.push(`a log torn at ${length} is not recovered`);
    // Cut by somebody after that: it must be missed.
    judge(`log cut at ${length}, acknowledged`, open(folder, cut), step, step, tally);
  }
}

/** Which bits of an image to turn. */
export type Flips = {
  readonly file: ImageFile;
  readonly fromByte: number;
  readonly toByte: number;
  /** How many bits, drawn at random; one of each byte when left out. */
  readonly sample?: number;
};

/** Turns bits, one at a time. */
export function flipBits(
  folder: string,
  image: Image,
  step: number,
  { file, fromByte, toByte, sample }: Flips,
  tally: Tally,
): void {
  const random = createRng(fromByte + toByte);
  const draw = (below: number): number => Math.floor(random() * below);
  const bytes = toByte - fromByte;
  for (let left = sample ?? bytes; left > 0; left--) {
    const byte = sample === undefined ? toByte - left : fromByte + draw(bytes);
    const bit = 8 * byte + draw(8);
    tally.flips += 1;
    const verdict = open(folder, flipBit(image, file, bit));
    judge(`bit ${bit} of the ${file} turned`, verdict, step, step, tally);
  }
}

let opened = 0;

function open(parent: string, image: Image): Verdict {
  const folder = join(parent, "copy");
  placeImage(folder, image);
  opened += 1;
  if (opened % reuseInterval !== 0) return openAndJudge(folder);
  return reuse(folder);
}

/** What was recovered must also be of use: it is written to, and opened once more. */
function reuse(folder: string): Verdict {
  const first = openAndJudge(folder);
  if (first.kind !== "recovered") return first;
  const { step } = first;
  const wrote = openAndJudge(folder, (store) => {
    for (let next = step + 1; next <= step + 30; next++) commitStep(store, next);
    compactAt(store, step + 30);
    commitStep(store, step + 31);
  });
  // What SQLite finds wrong only when it writes is refused then.
  if (wrote.kind !== "recovered") return wrote;
  const again = openAndJudge(folder);
  if (again.kind === "recovered" && again.step === step + 31) return first;
  return { kind: "wrong", message: `written to, it then holds ${JSON.stringify(again)}` };
}

function judge(what: string, verdict: Verdict, from: number, to: number, tally: Tally): void {
  if (verdict.kind === "refused") tally.refusedLoudly += 1;
  else if (verdict.kind === "recovered" && verdict.step >= from && verdict.step <= to) {
    tally.recovered += 1;
  } else tally.losses.push(`${what}: ${JSON.stringify(verdict)}`);
}
