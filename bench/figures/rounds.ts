import type { Contender } from "../peers/mod.ts";
import type { OpenPeer } from "../peers/peer.ts";
import { type Figure, median, type Row } from "./figure.ts";

/** How often each contender is measured. */
export type RoundOptions = {
  readonly workers: number;
  readonly warmups: number;
  readonly rounds: number;
};

type Open = { readonly contender: Contender; readonly pool: OpenPeer };

const openPatienceMs = 10_000;
const closePatienceMs = 3_000;

/**
 * Measures all contenders in turn, round after round, each round beginning with the next one: what else the machine does
 * then meets all of them alike.
 *
 * @param measure Gives one value of one contender.
 * @returns A row for each contender that works, and why the others do not.
 */
export async function interleave(
  contenders: readonly Contender[],
  { workers, warmups, rounds }: RoundOptions,
  measure: (pool: OpenPeer) => Promise<number>,
): Promise<Pick<Figure, "rows" | "skipped">> {
  const skipped: { name: string; why: string }[] = [];
  const open: Open[] = [];
  for (const contender of contenders) {
    try {
      open.push({ contender, pool: await openChecked(contender, workers) });
    } catch (error) {
      skipped.push({ name: contender.peer.name, why: (error as Error).message });
    }
  }
  const values = new Map(open.map(({ contender }) => [contender, [] as number[]]));
  for (let round = -warmups; round < rounds; round += 1) {
    const start = (round + warmups) % open.length;
    for (const { contender, pool } of [...open.slice(start), ...open.slice(0, start)]) {
      const value = await measure(pool);
      if (round >= 0) values.get(contender)?.push(value);
    }
  }
  await Promise.all(open.map(({ pool }) => closeOrLeave(pool)));
  return {
    rows: open.map(({ contender }) => toRow(contender, values.get(contender) ?? [])),
    skipped,
  };
}

function toRow({ peer: { name }, side }: Contender, rounds: readonly number[]): Row {
  return { name, side, value: median(rounds), rounds };
}

/** Opens a pool and has it do a task, which not every pool does outside of Node. */
async function openChecked({ peer }: Contender, workers: number): Promise<OpenPeer> {
  const opening = peer.open(workers).then(async (pool) => {
    const result = await pool.run("noop", 7);
    if (result !== 7) throw new Error(`it gave ${result} for 7`);
    return pool;
  });
  const pool = await withPatience(opening, openPatienceMs);
  if (pool === undefined) throw new Error(`it gave no result within ${openPatienceMs / 1000} s`);
  return pool;
}

/** Some pools never say that they are closed outside of Node; their idle threads end with the process. */
async function closeOrLeave(pool: OpenPeer): Promise<void> {
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
