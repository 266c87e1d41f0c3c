import { echo } from "./echo.ts";
import { longJobs, shortJobs } from "./efficiency.ts";
import type { Bench, Figure } from "./figure.ts";
import { latency } from "./latency.ts";
import { queuedMemory, streamedMemory } from "./memory.ts";
import { binaryStart, remoteStart } from "./start.ts";
import { programs } from "./programs.ts";
import { remoteEfficiency } from "./remote_efficiency.ts";
import { remoteLatency } from "./remote_latency.ts";
import { remoteMemory } from "./remote_memory.ts";
import { remoteThroughput } from "./remote_throughput.ts";
import { schedulerRestart } from "./scheduler_restart.ts";
import { schedulerThroughput } from "./scheduler_throughput.ts";
import { throughput } from "./throughput.ts";

/** Figures by id, in the order in which they are measured. */
export type Figures = ReadonlyMap<string, (bench: Bench) => Promise<Figure>>;

/** On the cores of this machine. */
export const localFigures: Figures = new Map([
  ["noop", throughput],
  ["cpu-1ms", shortJobs],
  ["cpu-100ms", longJobs],
  ["one-at-a-time", latency],
  ["start", binaryStart],
  ["queued-memory", queuedMemory],
  ["streamed-memory", streamedMemory],
]);

/** Over connections to other processes. */
export const clusterFigures: Figures = new Map([
  ["remote-noop", remoteThroughput],
  ["remote-one-at-a-time", remoteLatency],
  ["remote-cpu-100ms", remoteEfficiency],
  ["remote-start", remoteStart],
  ["remote-memory", remoteMemory],
  ["echo", echo],
  ["scheduler-noop", schedulerThroughput],
  ["scheduler-restart", schedulerRestart],
  ["exec", programs],
]);
