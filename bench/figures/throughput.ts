import { contenders } from "../peers/mod.ts";
import type { OpenPeer } from "../peers/peer.ts";
import { rawBatched } from "../peers/raw.ts";
import { type Bench, type Check, type Figure, type Row } from "./figure.ts";
import { interleave, pools, valuesOf } from "./rounds.ts";

const wantedJobsPerSecond = { bun: 200_000, deno: 100_000 } as const;
const wantedRatio = 1.5;

/** How many jobs that do nothing pass through in a second, when all are there at once. */
export async function throughput({ runtime, workers, scale }: Bench): Promise<Figure> {
  const count = scale.count(20_000);
  const warmups = scale.warmups(4);
  const rounds = scale.rounds(11);
  const values = Array.from({ length: count }, (_, index) => index);
  const { rows, skipped } = await interleave(
    pools([...contenders(runtime), { side: "raw", peer: rawBatched }], workers),
    { warmups, rounds },
    (pool) => jobsPerSecond(pool, values),
  );
  return {
    id: "noop",
    title: `No-op jobs, ${count} at once`,
    method: `${workers} workers, median of ${rounds} rounds after ${warmups} to warm up`,
    unit: "jobs/s",
    rows,
    checks: rows.filter(({ side }) => side === "muster").flatMap((row) =>
      checksOf(row, rows, wantedJobsPerSecond[runtime])
    ),
    skipped,
  };
}

async function jobsPerSecond(pool: OpenPeer, values: readonly number[]): Promise<number> {
  const startMs = performance.now();
  const results = await (pool.runAll?.("noop", values) ??
    Promise.all(values.map((value) => pool.run("noop", value))));
  const elapsedMs = performance.now() - startMs;
  if (results.some((result, index) => result !== values[index])) {
    throw new Error("Cannot count jobs whose results are wrong");
  }
  return values.length / elapsedMs * 1000;
}

function checksOf({ name, value }: Row, rows: readonly Row[], atLeast: number): Check[] {
  const fastestPeer = Math.max(...valuesOf(rows, "peer"));
  return [
    { claim: `${name}: no-op jobs a second`, value, unit: "jobs/s", atLeast },
    {
      claim: `${name}: times the fastest peer`,
      value: value / fastestPeer,
      unit: "x",
      atLeast: wantedRatio,
    },
  ];
}
