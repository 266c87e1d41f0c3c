import { contenders } from "../peers/mod.ts";
import type { OpenPeer } from "../peers/peer.ts";
import { type Bench, type Check, type Figure, median, type Row } from "./figure.ts";
import { interleave, pools, valuesOf } from "./rounds.ts";

const wantedRatio = 1.5;

/** How long one job takes there and back when nothing else is under way. */
export async function latency({ runtime, scale }: Bench): Promise<Figure> {
  const calls = scale.count(200);
  const warmups = scale.warmups(10);
  const rounds = scale.rounds(41);
  const { rows, skipped } = await interleave(
    // One at a time there is nothing to map.
    pools(contenders(runtime).filter(({ peer }) => !peer.name.startsWith("muster map")), 1),
    { warmups, rounds },
    (pool) => middleUs(pool, calls),
  );
  return {
    id: "one-at-a-time",
    title: "No-op jobs one at a time, p50",
    method: `1 worker, median of ${rounds} rounds of ${calls} jobs after ${warmups} to warm up`,
    unit: "µs",
    rows,
    checks: checksOf(rows),
    skipped,
  };
}

async function middleUs(pool: OpenPeer, calls: number): Promise<number> {
  const timesMs: number[] = [];
  for (let call = 0; call < calls; call += 1) {
    const startMs = performance.now();
    await pool.run("noop", call);
    timesMs.push(performance.now() - startMs);
  }
  return median(timesMs) * 1000;
}

function checksOf(rows: readonly Row[]): Check[] {
  const [raw = NaN] = valuesOf(rows, "raw");
  return rows.filter(({ side }) => side === "muster").map(({ name, value }) => ({
    claim: `${name}: times a raw Worker round trip`,
    value: value / raw,
    unit: "x",
    atMost: wantedRatio,
  }));
}
