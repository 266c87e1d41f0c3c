import { remoteContenders } from "../remote/mod.ts";
import type { Bench, Figure } from "./figure.ts";
import { interleave, valuesOf } from "./rounds.ts";

/** Contenders of seconds for a thousand jobs run so many times fewer: their rate does not rise with more. */
const slowerBy = 8;
const wantedJobsPerSecond = { bun: 50_000, deno: 50_000 } as const;

/** How many jobs that do nothing pass through another process in a second, when all are there at once. */
export async function remoteThroughput({ runtime, workers, scale }: Bench): Promise<Figure> {
  const count = scale.count(20_000);
  const warmups = scale.warmups(1);
  const rounds = scale.rounds(5);
  const values = Array.from({ length: count }, (_, index) => index);
  const fewer = values.slice(0, Math.ceil(count / slowerBy));
  const { rows, skipped } = await interleave(
    remoteContenders.map((contender) => contender("noop", workers)),
    { warmups, rounds },
    async (remote) => {
      const jobs = remote.isSlow ? fewer : values;
      return jobs.length / await remote.allMs(jobs) * 1000;
    },
  );
  const [fastestRaw = NaN] = valuesOf(rows, "raw");
  return {
    id: "remote-noop",
    title: `No-op jobs on a node, ${count} at once`,
    method: `${workers} slots, median of ${rounds} rounds after ${warmups} to warm up; ` +
      `Dask with ${fewer.length} jobs`,
    unit: "jobs/s",
    rows,
    checks: rows.filter(({ side }) => side === "muster").flatMap(({ name, value }) => [
      {
        claim: `${name}: no-op jobs a second`,
        value,
        unit: "jobs/s" as const,
        atLeast: wantedJobsPerSecond[runtime],
      },
      // What scheduling costs: told, not demanded.
      { claim: `${name}: times the raw prototype`, value: value / fastestRaw, unit: "x" as const },
    ]),
    skipped,
  };
}
