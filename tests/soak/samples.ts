import { readdirSync, readFileSync } from "node:fs";
import { familyOf } from "../harness/proc_stats.ts";

/** What a process held at a moment. */
export type Sample = { readonly atMs: number; readonly residentMb: number; readonly files: number };

/** How what a process holds has grown, over the later half of the samples. */
export type Growth = {
  readonly residentMb: number;
  readonly residentMbPerHour: number;
  readonly files: number;
  readonly filesPerHour: number;
};

const pageBytes = 4096;
const bytesPerMb = 1024 * 1024;
const msPerHour = 3_600_000;

/** What a process holds now; undefined when it is gone. */
export function sampleOf(pid: number): Sample | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    const files = readdirSync(`/proc/${pid}/fd`).length;
    return { atMs: performance.now(), residentMb: pages * pageBytes / bytesPerMb, files };
  } catch {
    return undefined;
  }
}

/** What all that a process has started holds now, without itself; undefined when it is gone. */
export function sampleOfChildren(pid: number): Sample | undefined {
  const samples = familyOf(pid).filter((each) => each !== pid)
    .map(sampleOf).filter((sample) => sample !== undefined);
  if (samples.length === 0) return undefined;
  return {
    atMs: performance.now(),
    residentMb: samples.reduce((sum, { residentMb }) => sum + residentMb, 0),
    files: samples.reduce((sum, { files }) => sum + files, 0),
  };
}

/** Growth since a moment, by least squares; undefined when there is too little to see it by. */
export function growthSince(all: readonly Sample[], sinceMs: number): Growth | undefined {
  const samples = all.filter(({ atMs }) => atMs >= sinceMs);
  const last = samples.at(-1);
  if (last === undefined || samples.length < 3) return undefined;
  const times = samples.map(({ atMs }) => atMs);
  const slope = (values: readonly number[]): number => slopeOf(times, values) * msPerHour;
  return {
    residentMb: last.residentMb,
    residentMbPerHour: slope(samples.map(({ residentMb }) => residentMb)),
    files: last.files,
    filesPerHour: slope(samples.map(({ files }) => files)),
  };
}

/** Of the line that fits best, by least squares. */
export function slopeOf(xs: readonly number[], ys: readonly number[]): number {
  const meanX = meanOf(xs);
  const meanY = meanOf(ys);
  let together = 0;
  let alone = 0;
  for (const [index, x] of xs.entries()) {
    together += (x - meanX) * ((ys[index] ?? meanY) - meanY);
    alone += (x - meanX) ** 2;
  }
  return alone === 0 ? 0 : together / alone;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
