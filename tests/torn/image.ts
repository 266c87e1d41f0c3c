import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { journalFiles } from "../../lib/journal/sqlite_open.ts";

/** The bytes of a journal's files; undefined for a file that is not there. */
export type Image = {
  readonly database: Uint8Array;
  readonly log: Uint8Array | undefined;
  readonly mark: Uint8Array;
};

export type ImageFile = keyof Image;

/** Takes the files as they are. Nothing may write meanwhile. */
export function takeImage(folder: string): Image {
  const { database, log, mark } = journalFiles(folder);
  return {
    database: fs.readFileSync(database),
    log: fs.existsSync(log) ? fs.readFileSync(log) : undefined,
    mark: fs.readFileSync(mark),
  };
}

/** Makes a journal's files of an image, in place of those that are there. */
export function placeImage(folder: string, image: Image): void {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { mode: 0o700 });
  const files = journalFiles(folder);
  for (const name of ["database", "log", "mark"] as const) {
    const bytes = image[name];
    if (bytes !== undefined) fs.writeFileSync(files[name], bytes, { mode: 0o600 });
  }
}

/** The image with one bit of one file turned. */
export function flipBit(image: Image, file: ImageFile, bit: number): Image {
  const bytes = new Uint8Array(image[file] ?? []);
  bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return { ...image, [file]: bytes };
}

/** Runs `use` with an empty folder, in memory where the system has such a place: thousands of images are opened there. */
export async function inQuickFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const parent = fs.existsSync("/dev/shm") ? "/dev/shm" : tmpdir();
  const folder = fs.mkdtempSync(join(parent, "muster-torn-"));
  try {
    return await use(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
