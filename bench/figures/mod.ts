import { longJobs, shortJobs } from "./efficiency.ts";
import type { Bench, Figure } from "./figure.ts";
import { latency } from "./latency.ts";
import { queuedMemory, streamedMemory } from "./memory.ts";
import { binaryStart } from "./start.ts";
import { throughput } from "./throughput.ts";

/** All figures by id, in the order in which they are measured. */
export const figures: ReadonlyMap<string, (bench: Bench) => Promise<Figure>> = new Map([
  ["noop", throughput],
  ["cpu-1ms", shortJobs],
  ["cpu-100ms", longJobs],
  ["one-at-a-time", latency],
  ["start", binaryStart],
  ["queued-memory", queuedMemory],
  ["streamed-memory", streamedMemory],
]);
