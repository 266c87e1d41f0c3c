import type { JobId } from "../../proto/ids.ts";
import { type AttachedJob, AttachedResults } from "./attached_results.ts";
import { schedulerDialer } from "./dial_scheduler.ts";
import { SchedulerSession } from "./scheduler_session.ts";
import { leaveScheduler, whenReady } from "./session_life.ts";
import { resolveScheduler, type SchedulerOptions } from "./shared_options.ts";

/** Options of {@link AttachedCluster.results}. */
export type ResultsOptions = {
  /**
   * In the order in which the jobs were submitted, or as they are ready.
   * @default false
   */
  readonly ordered?: boolean;
};

/**
 * A cluster at a shared scheduler that another program has created: made by `SharedJobCluster.attach`.
 */
export class AttachedCluster implements AsyncDisposable {
  /** Its name. */
  readonly name: string;
  readonly #session: SchedulerSession;
  readonly #results: AttachedResults;
  readonly #onWarning: (line: string) => void;
  #leaving: Promise<void> | undefined;

  /** Clusters are attached to by {@link AttachedCluster.open}. */
  constructor(
    name: string,
    session: SchedulerSession,
    results: AttachedResults,
    onWarning: (line: string) => void,
  ) {
    this.name = name;
    this.#session = session;
    this.#results = results;
    this.#onWarning = onWarning;
  }

  /**
   * As `SharedJobCluster.attach`.
   *
   * @param name The cluster's name.
   * @param options See {@link SchedulerOptions}.
   * @returns The cluster.
   * @throws {UsageError} When an option cannot be used, or there is no cluster of that name.
   * @throws {ConnectError} When the scheduler cannot be reached.
   */
  static async open(name: string, options: SchedulerOptions): Promise<AttachedCluster> {
    const { target, secretFile, shared, onWarning } = resolveScheduler(options);
    const dial = await schedulerDialer(target, secretFile);
    const results: AttachedResults = new AttachedResults((jobs) => session.acknowledge(jobs));
    const session: SchedulerSession = new SchedulerSession({
      target: { type: "attach", name },
      shared,
      code: undefined,
      dial,
      onWarning,
      listener: results,
      holdsAck: (job: JobId) => results.holds(job),
    });
    await whenReady(session, `Cannot attach to ${JSON.stringify(name)}`);
    return new AttachedCluster(name, session, results, onWarning);
  }

  /** How many results are still to be taken, of jobs that have ended and of those that have not. */
  get remaining(): number {
    return this.#results.remaining;
  }

  /**
   * Gives each job after its end, failed ones as well.
   *
   * A job counts as taken, and the scheduler forgets its result, when the next one is asked for; a job that was not taken
   * comes again when somebody attaches. In order, results that have to wait for their turn are forgotten by the scheduler
   * beyond 2048.
   *
   * @param options See {@link ResultsOptions}.
   * @returns The jobs; it ends when none are left.
   * @throws {Error} When another program attaches to the cluster.
   */
  results(options: ResultsOptions = {}): AsyncGenerator<AttachedJob, void, undefined> {
    return this.#results.take(options.ordered ?? false);
  }

  /**
   * Ends the cluster: jobs that have not ended are stopped, and results that were not taken are gone.
   *
   * @returns When the scheduler has confirmed it, or cannot be reached.
   */
  close(): Promise<void> {
    this.#leaving ??= leaveScheduler(this.#session, "close", this.#onWarning);
    return this.#leaving;
  }

  /**
   * Leaves the cluster, which goes on.
   *
   * @returns When the connection is closed.
   */
  detach(): Promise<void> {
    this.#leaving ??= leaveScheduler(this.#session, "detach", this.#onWarning);
    return this.#leaving;
  }

  /** Leaves it at the end of its `await using` block. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.detach();
  }
}
