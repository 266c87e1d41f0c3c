import { runChild } from "./child.ts";
import { type Bench, type Figure, median, type Row } from "./figure.ts";

const wantedBytes = 1000;
const wantedGrowth = 1.2;
const bytesPerMegabyte = 1e6;

/** What a job costs while it waits. */
export async function queuedMemory({ runtime, scale }: Bench): Promise<Figure> {
  const jobs = scale.count(200_000);
  const rounds = scale.rounds(3);
  const { heapBytes, rssBytes } = await childRounds(runtime, "queued_memory", jobs, rounds);
  const rows = [row("heap", heapBytes), row("resident memory", rssBytes)];
  return {
    id: "queued-memory",
    title: `Memory of a queued job, ${jobs} queued`,
    method: `difference after collecting garbage, median of ${rounds} processes`,
    unit: "bytes",
    rows,
    checks: rows.map(({ name, value }) => ({
      claim: `${name} of a queued job`,
      value,
      unit: "bytes",
      atMost: wantedBytes,
    })),
    skipped: [],
  };
}

/** Whether a map over many items takes no more memory than one over some. */
export async function streamedMemory({ runtime, scale }: Bench): Promise<Figure> {
  const items = scale.count(1_000_000);
  const rounds = scale.rounds(1);
  const { earlyBytes = [], lateBytes = [], elapsedMs = [] } = await childRounds(
    runtime,
    "streamed_memory",
    items,
    rounds,
  );
  const early = row("peak of the first fifth", earlyBytes.map((bytes) => bytes / bytesPerMegabyte));
  const late = row("peak of the rest", lateBytes.map((bytes) => bytes / bytesPerMegabyte));
  const seconds = (median(elapsedMs) / 1000).toFixed(1);
  return {
    id: "streamed-memory",
    title: `Resident memory of a map over ${items} items of an async generator`,
    method: `in a process of its own, in ${seconds} s`,
    unit: "MB",
    rows: [early, late],
    checks: [{
      claim: "peak of the rest, times that of the first fifth",
      value: late.value / early.value,
      unit: "x",
      atMost: wantedGrowth,
    }],
    skipped: [],
  };
}

function row(name: string, rounds: readonly number[] = []): Row {
  return { name, side: "muster", value: median(rounds), rounds };
}

/** Runs a child several times; gives its values by name. */
async function childRounds(
  runtime: Bench["runtime"],
  name: string,
  size: number,
  rounds: number,
): Promise<Record<string, number[]>> {
  const values: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [key, value] of Object.entries(await runChild(runtime, name, [size]))) {
      (values[key] ??= []).push(value);
    }
  }
  return values;
}
