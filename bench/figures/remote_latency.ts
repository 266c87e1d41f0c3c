import { remoteContenders } from "../remote/mod.ts";
import type { Bench, Figure } from "./figure.ts";
import { interleave } from "./rounds.ts";

const wantedMs = 0.6;

/** How long one job on a node takes there and back when nothing else is under way. */
export async function remoteLatency({ scale }: Bench): Promise<Figure> {
  const calls = scale.count(200);
  const warmups = scale.warmups(2);
  const rounds = scale.rounds(7);
  const { rows, skipped } = await interleave(
    // One at a time there is nothing to map, and nothing to saturate.
    remoteContenders.map((contender) => contender("noop", 1))
      .filter(({ name }) => !/map|saturation/.test(name)),
    { warmups, rounds },
    (remote) => remote.singleMs(calls),
  );
  return {
    id: "remote-one-at-a-time",
    title: "No-op jobs on a node one at a time, p50",
    method: `1 slot, median of ${rounds} rounds of ${calls} jobs after ${warmups} to warm up`,
    unit: "ms",
    rows,
    checks: rows.filter(({ side }) => side === "muster").map(({ name, value }) => ({
      claim: `${name}: one at a time`,
      value,
      unit: "ms",
      atMost: wantedMs,
    })),
    skipped,
  };
}
