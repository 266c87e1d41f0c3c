import { scheduler } from "../remote/scheduler.ts";
import type { Bench, Figure, Row } from "./figure.ts";
import { interleave } from "./rounds.ts";

const wanted = [["full", 20_000], ["memory", 50_000]] as const;

/** How many jobs that do nothing pass through a shared scheduler in a second, when all are there at once. */
export async function schedulerThroughput({ workers, scale }: Bench): Promise<Figure> {
  const count = scale.count(20_000);
  const warmups = scale.warmups(3);
  const rounds = scale.rounds(5);
  const values = Array.from({ length: count }, (_, index) => index);
  const rows: Row[] = [];
  const skipped: { readonly name: string; readonly why: string }[] = [];
  // One after the other: in turns, each node would have given its slots back meanwhile and start processes anew.
  for (const [durability] of wanted) {
    const measured = await interleave(
      [scheduler(durability, workers)],
      { warmups, rounds },
      async (shared) => count / await shared.allMs(values) * 1000,
    );
    rows.push(...measured.rows);
    skipped.push(...measured.skipped);
  }
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
