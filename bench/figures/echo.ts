import { daskEcho, musterEcho } from "../remote/echo.ts";
import type { Bench, Figure, Row } from "./figure.ts";
import { interleave } from "./rounds.ts";

const wantedMegabytesPerSecond = 150;
const fullSizes = [1_000_000, 16_000_000] as const;
const calls = 5;

/** How large values go to a node and come back: bytes of the value for each second of the round trip. */
export async function echo({ scale }: Bench): Promise<Figure> {
  const warmups = scale.warmups(1);
  const rounds = scale.rounds(5);
  const rows: Row[] = [];
  const skipped = new Map<string, string>();
  for (const size of fullSizes) {
    const bytes = scale.count(size);
    const measured = await interleave(
      [musterEcho(), musterEcho("nacl"), daskEcho],
      { warmups, rounds },
      async (remote) => bytes / 1000 / await remote.echoMs(bytes, calls),
    );
    rows.push(...measured.rows.map((row) => ({ ...row, name: `${row.name}, ${bytes / 1e6} MB` })));
    for (const { name, why } of measured.skipped) skipped.set(name, why);
  }
  return {
    id: "echo",
    title: "Large values to a node and back, one at a time",
    method: `1 slot, median of ${rounds} rounds of ${calls} after ${warmups} to warm up; ` +
      "muster encrypted, Dask not",
    unit: "MB/s",
    rows,
    checks: rows.filter(({ side }) => side === "muster").map(({ name, value }) => ({
      claim: `${name}: payload over round trip`,
      value,
      unit: "MB/s",
      atLeast: wantedMegabytesPerSecond,
    })),
    skipped: [...skipped].map(([name, why]) => ({ name, why })),
  };
}
