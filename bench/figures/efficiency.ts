import { contenders } from "../peers/mod.ts";
import type { OpenPeer } from "../peers/peer.ts";
import { rawShares } from "../peers/raw.ts";
import { type Bench, type Check, type Figure, type Row } from "./figure.ts";
import { interleave, pools } from "./rounds.ts";

const wantedEfficiency = 0.97;

type Load = {
  readonly id: string;
  readonly count: number;
  readonly jobMs: number;
  readonly warmups: number;
  readonly rounds: number;
};

/** Whether slots always have work when jobs are short. */
export function shortJobs(bench: Bench): Promise<Figure> {
  const { scale } = bench;
  return efficiency(bench, {
    id: "cpu-1ms",
    count: scale.count(1000),
    jobMs: 1,
    warmups: scale.warmups(1),
    rounds: scale.rounds(9),
  });
}

/** Whether slots end together when jobs are long. */
export function longJobs(bench: Bench): Promise<Figure> {
  const { scale } = bench;
  return efficiency(bench, {
    id: "cpu-100ms",
    count: Math.max(2, scale.count(64)),
    jobMs: 100,
    warmups: 0,
    rounds: scale.rounds(5),
  });
}

async function efficiency({ runtime, workers }: Bench, load: Load): Promise<Figure> {
  const { id, count, jobMs, warmups, rounds } = load;
  const values = Array.from({ length: count }, () => jobMs);
  const idealMs = Math.ceil(count / workers) * jobMs;
  const { rows, skipped } = await interleave(
    // Workers that get everything at once never wait: what they fall short of the ideal, the machine had not to give.
    pools([...contenders(runtime), { side: "raw", peer: rawShares }], workers),
    { warmups, rounds },
    async (pool) => idealMs / await elapsedMs(pool, values),
  );
  return {
    id,
    title: `${count} jobs of ${jobMs} ms CPU`,
    method:
      `${workers} workers, median of ${rounds} rounds after ${warmups} to warm up; ideal: ${idealMs} ms`,
    unit: "of ideal",
    rows,
    checks: checksOf(rows, jobMs),
    skipped,
  };
}

function checksOf(rows: readonly Row[], jobMs: number): Check[] {
  return rows.filter(({ side }) => side === "muster").map(({ name, value }) => ({
    claim: `${name}: efficiency with jobs of ${jobMs} ms`,
    value,
    unit: "of ideal",
    atLeast: wantedEfficiency,
  }));
}

async function elapsedMs(pool: OpenPeer, values: readonly number[]): Promise<number> {
  const startMs = performance.now();
  await (pool.runAll?.("spin", values) ??
    Promise.all(values.map((value) => pool.run("spin", value))));
  return performance.now() - startMs;
}
