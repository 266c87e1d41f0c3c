import type { JobId } from "../../lib/proto/ids.ts";
import type { JobPolicy } from "../../lib/proto/jobs.ts";
import type { SimOptions } from "./options.ts";

/** What one attempt will do. */
export type Run = {
  readonly kind: "finished" | "threw" | "crashed" | "hang";
  readonly durationMs: number;
};

/** A job of the simulation and what its owner will do with it. */
export type SimJob = {
  readonly id: JobId;
  readonly index: number;
  readonly policy: JobPolicy;
  readonly submitMs: number;
  readonly cancelMs: number | undefined;
  readonly withdrawMs: number | undefined;
  readonly resubmitMs: number | undefined;
  readonly meanRunMs: number;
};

/** A cancel in the very moment of the submit might come before it. */
const apartMs = 1e-3;

/** The jobs of a run, in the order of their submits. */
export function drawJobs(options: SimOptions, random: () => number): SimJob[] {
  // Some runs get all their work at once, some as a stream.
  const spreadMs = random() < 0.5 ? 0 : options.faultsEndMs * 0.8;
  const times = Array.from({ length: options.jobs }, () => random() * spreadMs);
  times.sort((a, b) => a - b);
  return times.map((submitMs, index) => {
    const later = (rate: number): number | undefined =>
      random() < rate ? submitMs + apartMs + oftenSmall(random) * options.faultsEndMs : undefined;
    const meanRunMs = drawMeanRunMs(options, random);
    return {
      id: `j${index}` as JobId,
      index,
      policy: drawPolicy(options, meanRunMs, random),
      submitMs,
      cancelMs: later(options.cancelRate),
      withdrawMs: later(options.withdrawRate),
      resubmitMs: later(options.resubmitRate),
      meanRunMs,
    };
  });
}

function drawMeanRunMs({ durationWeights }: SimOptions, random: () => number): number {
  const [micro, milli, second] = durationWeights;
  const drawn = random() * (micro + milli + second);
  if (drawn < micro) return 0.005 + random() * 0.05;
  return drawn < micro + milli ? 0.5 + random() * 20 : 100 + random() * 3000;
}

function drawPolicy(options: SimOptions, meanRunMs: number, random: () => number): JobPolicy {
  // Some limits are hit by slow attempts, most only by those that hang.
  const timeoutMs = Math.ceil(meanRunMs * (1 + random() * 10));
  return {
    retries: Math.floor(random() * 4),
    backoff: { firstMs: Math.floor(random() * 50), maxMs: 100 },
    timeoutMs: random() < options.timeoutRate ? timeoutMs : undefined,
    reentrant: random() < 0.7,
    maxLosses: Math.floor(random() * 6),
  };
}

/** A number in [0, 1), rather small: products only, because runtimes round powers and logarithms differently. */
export function oftenSmall(random: () => number): number {
  return random() * random() * random();
}

/** What the next attempt of a job will do; once faults have stopped, none crashes or hangs. */
export function drawRun(
  job: SimJob,
  options: SimOptions,
  random: () => number,
  nowMs: number,
): Run {
  const durationMs = job.meanRunMs * (0.5 + random() * 1.5);
  const drawn = random();
  const hangs = nowMs < options.faultsEndMs ? options.hangRate : 0;
  const crashes = nowMs < options.faultsEndMs ? options.crashRate : 0;
  if (drawn < options.throwRate) return { kind: "threw", durationMs };
  if (drawn < options.throwRate + crashes) return { kind: "crashed", durationMs };
  // Nobody would ever stop a job that hangs without a limit and without an owner who cancels it.
  const mayHang = job.policy.timeoutMs !== undefined || job.cancelMs !== undefined;
  if (mayHang && drawn < options.throwRate + crashes + hangs) {
    return { kind: "hang", durationMs: Infinity };
  }
  return { kind: "finished", durationMs };
}
