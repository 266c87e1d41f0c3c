import type { Dispatcher } from "../../dispatch/dispatcher.ts";
import type { JobId } from "../../proto/ids.ts";
import type { JobPolicy } from "../../proto/jobs.ts";
import type { PackedArgs } from "../../slots/types.ts";
import type { JobQueue } from "../base_cluster.ts";
import type { Job } from "../job.ts";
import type { JobRecorder } from "./job_recorder.ts";

/** A dispatcher's queue whose jobs are on record before they are in it. */
export class RecordedQueue implements JobQueue {
  readonly #dispatcher: Dispatcher<Job<unknown>>;
  readonly #recorder: JobRecorder;

  constructor(dispatcher: Dispatcher<Job<unknown>>, recorder: JobRecorder) {
    this.#dispatcher = dispatcher;
    this.#recorder = recorder;
  }

  get pending(): number {
    return this.#dispatcher.pending;
  }

  submit(job: Job<unknown>, args: PackedArgs, policy: JobPolicy): void {
    this.#recorder.submitted(job.id, args, policy);
    this.#dispatcher.submit(job, args, policy);
  }

  cancel(id: JobId): void {
    this.#dispatcher.cancel(id);
  }

  cancelAll(): void {
    this.#dispatcher.cancelAll();
  }

  withdrawAll(): void {
    this.#dispatcher.withdrawAll();
  }

  idle(): Promise<void> {
    return this.#dispatcher.idle();
  }
}
