import type { SharedJob } from "../core/scheduler/records.ts";
import type { SchedulerState } from "../core/scheduler/state.ts";
import type { Packed } from "../proto/executor.ts";
import type { JobId } from "../proto/ids.ts";
import type { SettledRecord } from "../proto/journal_records.ts";
import type { StoredRecord } from "../wire/journal_codec.ts";

/** What is kept with a job: its arguments until it has ended, then how that was. */
type Payload = Packed | SettledRecord | undefined;

/** Arguments and results of all jobs that are not forgotten. They lie with the jobs, and go with them. */
export class Payloads {
  readonly #state: SchedulerState;

  constructor(state: SchedulerState) {
    this.#state = state;
  }

  /** Keeps what a record brings. The state has taken it in before. */
  note(record: StoredRecord): void {
    if (record.type !== "accepted" && record.type !== "settled") return;
    const shared = this.#find(record.job);
    if (shared === undefined) return;
    if (record.type === "settled") shared.payload = record;
    // A journal that was being written anew may tell twice that a job was accepted.
    else shared.payload ??= record.args;
  }

  /** The arguments of a job; undefined once it has ended. */
  argsOf(job: JobId): Packed | undefined {
    const payload = this.#find(job)?.payload as Payload;
    return payload === undefined || isSettled(payload) ? undefined : payload;
  }

  /** How a job ended; undefined before, and when it is forgotten. */
  settledOf(job: JobId): SettledRecord | undefined {
    const payload = this.#find(job)?.payload as Payload;
    return payload !== undefined && isSettled(payload) ? payload : undefined;
  }

  #find(job: JobId): SharedJob | undefined {
    return this.#state.jobs.get(job)?.shared;
  }
}

function isSettled(payload: Packed | SettledRecord): payload is SettledRecord {
  return typeof payload !== "string" && "type" in payload;
}
