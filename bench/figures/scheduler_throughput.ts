import { scheduler } from "../remote/scheduler.ts";
import type { Bench, Figure } from "./figure.ts";
import { interleave } from "./rounds.ts";

const wanted = [["full", 20_000], ["memory", 50_000]] as const;

/** How many jobs that do nothing pass through a shared scheduler in a second, when all are there at once. */
export async function schedulerThroughput({ workers, scale }: Bench): Promise<Figure> {
  const count = scale.count(20_000);
  const warmups = scale.warmups(1);
  const rounds = scale.rounds(5);
  const values = Array.from({ length: count }, (_, index) => index);
  const { rows, skipped } = await interleave(
    wanted.map(([durability]) => scheduler(durability, workers)),
    { warmups, rounds },
    async (shared) => count / await shared.allMs(values) * 1000,
  );
  return {
    id: "scheduler-noop",
    title: `No-op jobs through a shared scheduler, ${count} at once`,
    method: `${workers} slots, median of ${rounds} rounds after ${warmups} to warm up`,
    unit: "jobs/s",
    rows,
    checks: wanted.flatMap(([durability, atLeast]) => {
      const row = rows.find(({ name }) => name === `durability ${durability}`);
      if (row === undefined) return [];
      const { name, value } = row;
      return [{ claim: `${name}: no-op jobs a second`, value, unit: "jobs/s" as const, atLeast }];
    }),
    skipped,
  };
}
