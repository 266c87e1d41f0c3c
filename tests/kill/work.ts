import { existsSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { noteExecution } from "../harness/ledger.ts";

/** What a job is given. */
export type Task = { readonly folder: string; readonly job: number };

/** Jobs of a cell; so many of them are submitted at first, the others when it has begun. */
export const jobs = 200;
export const warmJobs = 40;

/** The job that keeps a slot busy, so that its node has executors all the time. */
export const holder = 0;

const workMs = 4;

/** The job: writes down that it runs, and takes as long as the gate is shut. */
export async function work({ folder, job }: Task): Promise<number> {
  noteExecution(folder, job, "start");
  const gate = `${folder}/${job === holder ? "holder" : "gate"}.shut`;
  do await setTimeout(workMs); while (existsSync(gate));
  noteExecution(folder, job, "end");
  return resultOf(job);
}

/** What the job gives. */
export function resultOf(job: number): number {
  return job * job + 7;
}
