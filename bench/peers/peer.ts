import type { TaskName } from "../tasks.ts";

/** A pool with its workers running. */
export type OpenPeer = {
  /** Runs one task. */
  run(task: TaskName, value: number): PromiseLike<number>;
  /** Runs a task for each value in a way of its own; absent where all are given to `run` at once. */
  runAll?(task: TaskName, values: readonly number[]): Promise<number[]>;
  close(): Promise<void>;
};

/** Something that runs tasks in parallel. */
export type Peer = {
  readonly name: string;
  /** Starts so many workers. Rejects where the peer does not work. */
  open(workers: number): Promise<OpenPeer>;
};
