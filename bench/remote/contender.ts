import type { Entry } from "../figures/rounds.ts";

/** Jobs that remote contenders run; see `bench/tasks.ts`. */
export type RemoteTask = "noop" | "spin";

/** A client that is connected to workers in other processes. It measures itself. */
export type OpenRemote = {
  /** Whether it takes seconds for thousands of jobs. */
  readonly isSlow: boolean;
  /** Runs a job for each value, all there at once; gives how long it took, in milliseconds. */
  allMs(values: readonly number[]): Promise<number>;
  /** Runs so many jobs one after the other; gives the middle one's time, in milliseconds. */
  singleMs(calls: number): Promise<number>;
  close(): Promise<void>;
};

/** Makes an entry for one kind of jobs with so many workers. */
export type RemoteContender = (task: RemoteTask, workers: number) => Entry<OpenRemote>;
