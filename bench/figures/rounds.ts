import type { Contender, Side } from "../peers/mod.ts";
import type { OpenPeer, Peer } from "../peers/peer.ts";
import { type Figure, median, type Row } from "./figure.ts";

/** How often each contender is measured. */
export type RoundOptions = {
  readonly warmups: number;
  readonly rounds: number;
};

/** One that takes part: once open, it can be measured again and again. */
export type Entry<Pool extends Closable> = {
  readonly name: string;
  readonly side: Side;
  /** Rejects where it does not work. */
  open(): Promise<Pool>;
};

type Closable = { close(): Promise<void> };

type Open<Pool extends Closable> = { readonly entry: Entry<Pool>; readonly pool: Pool };

const openPatienceMs = 10_000;
const closePatienceMs = 3_000;

/**
 * Measures all contenders in turn, round after round, each round beginning with the next one: what else the machine does
 * then meets all of them alike.
 *
 * @param measure Gives one value of one contender.
 * @returns A row for each contender that works, and why the others do not.
 */
export async function interleave<Pool extends Closable>(
  entries: readonly Entry<Pool>[],
  { warmups, rounds }: RoundOptions,
  measure: (pool: Pool) => Promise<number>,
): Promise<Pick<Figure, "rows" | "skipped">> {
  const skipped: { name: string; why: string }[] = [];
  const open: Open<Pool>[] = [];
  for (const entry of entries) {
    try {
      open.push({ entry, pool: await openInTime(entry) });
    } catch (error) {
      skipped.push({ name: entry.name, why: (error as Error).message });
    }
  }
  const values = new Map(open.map(({ entry }) => [entry, [] as number[]]));
  for (let round = -warmups; round < rounds; round += 1) {
    const start = (round + warmups) % open.length;
    for (const { entry, pool } of [...open.slice(start), ...open.slice(0, start)]) {
      const value = await measure(pool);
      if (round >= 0) values.get(entry)?.push(value);
    }
  }
  await Promise.all(open.map(({ pool }) => closeOrLeave(pool)));
  return {
    rows: open.map(({ entry }) => toRow(entry, values.get(entry) ?? [])),
    skipped,
  };
}

function toRow<Pool extends Closable>({ name, side }: Entry<Pool>, rounds: number[]): Row {
  return { name, side, value: median(rounds), rounds };
}

/** Pools as entries, each with so many workers. */
export function pools(contenders: readonly Contender[], workers: number): Entry<OpenPeer>[] {
  return contenders.map(({ side, peer }) => ({
    name: peer.name,
    side,
    open: () => openChecked(peer, workers),
  }));
}

/** Opens a pool and has it do a task, which not every pool does outside of Node. */
async function openChecked(peer: Peer, workers: number): Promise<OpenPeer> {
  const pool = await peer.open(workers);
  const result = await pool.run("noop", 7);
  if (result !== 7) throw new Error(`it gave ${result} for 7`);
  return pool;
}

async function openInTime<Pool extends Closable>(entry: Entry<Pool>): Promise<Pool> {
  const pool = await withPatience(entry.open(), openPatienceMs);
  if (pool === undefined) throw new Error(`it gave no result within ${openPatienceMs / 1000} s`);
  return pool;
}

/** Some pools never say that they are closed outside of Node; their idle threads end with the process. */
async function closeOrLeave(pool: Closable): Promise<void> {
  await withPatience(pool.close(), closePatienceMs);
}

/** Undefined when it takes too long. */
async function withPatience<T>(promise: Promise<T>, patienceMs: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expired = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), patienceMs);
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    clearTimeout(timer);
  }
}

/** The values of a side's rows. */
export function valuesOf(rows: readonly Row[], side: Row["side"]): number[] {
  return rows.filter((row) => row.side === side).map((row) => row.value);
}
