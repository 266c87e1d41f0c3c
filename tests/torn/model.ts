import { packRecords, unpackRecords } from "../../lib/journal/batch_codec.ts";
import { JournalError } from "../../lib/journal/journal_error.ts";
import { largeBytes } from "../../lib/journal/large_batches.ts";
import { SqliteStore } from "../../lib/journal/sqlite_store.ts";
import { UsageError } from "../../lib/proto/errors.ts";

/** How many of the newest numbers count; the older ones have been forgotten. */
export const windowSize = 50;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * The records of one step: it adds a number, and forgets the one that is too old. Their length depends on the number.
 *
 * @param isLarge Whether they are so long that they are kept in a file of their own.
 */
export function recordsOf(step: number, isLarge = false): Uint8Array[] {
  const padding = ".".repeat(isLarge ? largeBytes : (step * 7919) % 1500);
  return [`+${step} ${padding}`, `-${step - windowSize}`].map((text) => encoder.encode(text));
}

/** What counts after a step. */
export function* liveAfter(step: number, paddingChars = 0): Iterable<Uint8Array> {
  const padding = ".".repeat(paddingChars);
  for (let number = Math.max(1, step - windowSize + 1); number <= step; number++) {
    yield encoder.encode(`+${number} ${padding}`);
  }
}

/** Rebuilds what counts from records, and gives the last step; throws if no run of the steps leads there. */
export class Rebuilt {
  readonly #numbers = new Set<number>();

  add(record: Uint8Array): void {
    const [, sign, number] = /^([+-])(-?\d+)(?: \.*)?$/.exec(decoder.decode(record)) ?? [];
    if (sign === undefined) throw new Error("A record that was never written");
    if (sign === "+") this.#numbers.add(Number(number));
    else this.#numbers.delete(Number(number));
  }

  get step(): number {
    const last = Math.max(0, ...this.#numbers);
    const size = Math.min(last, windowSize);
    const isWhole = this.#numbers.size === size &&
      Array.from({ length: size }, (_, back) => last - back).every((n) => this.#numbers.has(n));
    if (!isWhole) throw new Error(`Never has this counted: ${[...this.#numbers].join(" ")}`);
    return last;
  }
}

/** How opening a journal went. */
export type Verdict =
  | { readonly kind: "recovered"; readonly step: number }
  | { readonly kind: "refused"; readonly message: string }
  /** It opened, with something in it that nobody wrote. */
  | { readonly kind: "wrong"; readonly message: string };

/** Opens a journal and reads all of it; `use` may write to it after that. */
export function openAndJudge(
  folder: string,
  use: (store: SqliteStore) => void = () => {},
): Verdict {
  const rebuilt = new Rebuilt();
  try {
    const store = new SqliteStore({ folder, durability: "full" });
    try {
      readAll(store, (record) => rebuilt.add(record));
      use(store);
    } finally {
      store.close();
    }
    return { kind: "recovered", step: rebuilt.step };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isLoud = error instanceof JournalError || error instanceof UsageError;
    return { kind: isLoud ? "refused" : "wrong", message };
  }
}

function readAll(store: SqliteStore, take: (record: Uint8Array) => void): void {
  const { firstSeq, snapshotEnd, lastSeq } = store.found;
  let seq = firstSeq;
  let next: number | undefined = firstSeq <= lastSeq ? firstSeq : undefined;
  while (next !== undefined) {
    const part = store.read(next);
    for (const { isSnapshot, body } of part.batches) {
      const records = unpackRecords(body);
      if (records === undefined) throw new Error("A batch that was never written");
      if (!isSnapshot || seq <= snapshotEnd) records.forEach(take);
      seq += 1;
    }
    next = part.nextSeq;
  }
}

/** Commits the records of one step. */
export function commitStep(store: SqliteStore, step: number): void {
  store.commit({ isSnapshot: false, body: packRecords(recordsOf(step)) });
}

/** Commits a snapshot and lets the history begin there. */
export function compactAt(store: SqliteStore, step: number): void {
  const seq = store.commit({ isSnapshot: true, body: packRecords([...liveAfter(step)]) });
  store.startAt(seq, seq);
}
