import type { JobId } from "../../../lib/proto/ids.ts";
import type { JobPolicy } from "../../../lib/proto/jobs.ts";
import { oftenSmall } from "../workload.ts";
import type { WorldOptions } from "./options.ts";

/** What one attempt will do. */
export type Run = { readonly kind: "finished" | "threw" | "crashed"; readonly durationMs: number };

/** A job of the simulation and what its owner will do with it. */
export type WorldJob = {
  readonly id: JobId;
  readonly policy: JobPolicy;
  readonly bytes: number;
  readonly submitMs: number;
  readonly gaveUp: { readonly how: "cancel" | "withdraw"; readonly atMs: number } | undefined;
  readonly meanRunMs: number;
};

/** The jobs of a client, in the order of their submits. */
export function drawClientJobs(
  client: number,
  count: number,
  options: WorldOptions,
  random: () => number,
): WorldJob[] {
  const spreadMs = random() < 0.5 ? 0 : options.faultsEndMs * 0.8;
  const times = Array.from({ length: count }, () => random() * spreadMs).sort((a, b) => a - b);
  return times.map((submitMs, index) => {
    const meanRunMs = drawMeanRunMs(options, random);
    return {
      id: `c${client}j${index}` as JobId,
      policy: {
        ...drawPolicy(options, meanRunMs, random),
        priority: options.urgentEach > 0 && index % options.urgentEach === 0 ? 1 : 0,
      },
      bytes: Math.floor(random() * 100),
      submitMs,
      gaveUp: drawGaveUp(submitMs, options, random),
      meanRunMs,
    };
  });
}

function drawGaveUp(
  submitMs: number,
  options: WorldOptions,
  random: () => number,
): WorldJob["gaveUp"] {
  const drawn = random();
  const atMs = submitMs + oftenSmall(random) * options.faultsEndMs;
  if (drawn < options.cancelRate) return { how: "cancel", atMs };
  return drawn < options.cancelRate + options.withdrawRate ? { how: "withdraw", atMs } : undefined;
}

function drawMeanRunMs({ durationWeights }: WorldOptions, random: () => number): number {
  const [micro, milli, long] = durationWeights;
  const drawn = random() * (micro + milli + long);
  if (drawn < micro) return 0.005 + random() * 0.05;
  return drawn < micro + milli ? 0.5 + random() * 20 : 50 + random() * 800;
}

function drawPolicy(options: WorldOptions, meanRunMs: number, random: () => number): JobPolicy {
  const timeoutMs = Math.ceil(meanRunMs * (1 + random() * 10));
  return {
    retries: Math.floor(random() * 3),
    backoff: { firstMs: Math.floor(random() * 50), maxMs: 100 },
    timeoutMs: random() < options.timeoutRate ? timeoutMs : undefined,
    reentrant: random() < options.reentrantRate,
    maxLosses: Math.floor(random() * 6),
  };
}

/** What the next attempt of a job will do; once faults have stopped, none crashes. */
export function drawAttempt(
  job: WorldJob,
  options: WorldOptions,
  random: () => number,
  nowMs: number,
): Run {
  const durationMs = job.meanRunMs * (0.5 + random() * 1.5);
  const drawn = random();
  if (drawn < options.throwRate) return { kind: "threw", durationMs };
  const crashes = nowMs < options.faultsEndMs ? options.crashRate : 0;
  return { kind: drawn < options.throwRate + crashes ? "crashed" : "finished", durationMs };
}
