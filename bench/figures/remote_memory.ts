import { runChild } from "./child.ts";
import type { Bench, Figure, Row } from "./figure.ts";

const wantedGrowth = 1.2;
const bytesPerMegabyte = 1e6;

/** Whether client and node take no more memory for many items than for some. */
export async function remoteMemory({ runtime, scale }: Bench): Promise<Figure> {
  const items = scale.count(1_000_000);
  const measured = await runChild(runtime, "remote_memory", [items]);
  const row = (name: string, bytes = NaN): Row => {
    const value = bytes / bytesPerMegabyte;
    return { name, side: "muster", value, rounds: [value] };
  };
  const client = [
    row("client, peak of the first fifth", measured["clientEarlyBytes"]),
    row("client, peak of the rest", measured["clientLateBytes"]),
  ] as const;
  const node = [
    row("node, peak of the first fifth", measured["nodeEarlyBytes"]),
    row("node, peak of the rest", measured["nodeLateBytes"]),
  ] as const;
  return {
    id: "remote-memory",
    title: `Resident memory of a map over ${items} items on a node`,
    method: `in processes of their own, in ${((measured["elapsedMs"] ?? NaN) / 1000).toFixed(1)} s`,
    unit: "MB",
    rows: [...client, ...node],
    checks: [client, node].map(([early, late]) => ({
      claim: `${late.name}, times that of the first fifth`,
      value: late.value / early.value,
      unit: "x",
      atMost: wantedGrowth,
    })),
    skipped: [],
  };
}
