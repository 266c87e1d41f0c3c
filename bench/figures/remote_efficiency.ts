import { remoteContenders } from "../remote/mod.ts";
import type { Bench, Figure } from "./figure.ts";
import { interleave } from "./rounds.ts";

const wantedEfficiency = 0.97;
const jobMs = 100;

/** Whether the slots of a node always have work, and end together. */
export async function remoteEfficiency({ workers, scale }: Bench): Promise<Figure> {
  const count = Math.max(workers, scale.count(64));
  const rounds = scale.rounds(5);
  const idealMs = Math.ceil(count / workers) * jobMs;
  const values = Array.from({ length: count }, () => jobMs);
  const { rows, skipped } = await interleave(
    // Batches as large as the raw prototype's would leave it with one busy Worker.
    remoteContenders.map((contender) => contender("spin", workers))
      .filter(({ side }) => side !== "raw"),
    { warmups: 0, rounds },
    async (remote) => idealMs / await remote.allMs(values),
  );
  return {
    id: "remote-cpu-100ms",
    title: `${count} jobs of ${jobMs} ms CPU on a node`,
    method: `${workers} slots, median of ${rounds} rounds; ideal: ${idealMs} ms`,
    unit: "of ideal",
    rows,
    checks: rows.filter(({ side }) => side === "muster").map(({ name, value }) => ({
      claim: `${name}: efficiency with jobs of ${jobMs} ms`,
      value,
      unit: "of ideal",
      atLeast: wantedEfficiency,
    })),
    skipped,
  };
}
