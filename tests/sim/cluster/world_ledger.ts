import type { JobId } from "../../../lib/proto/ids.ts";
import type { Ending, LeaseRef } from "../../../lib/proto/jobs.ts";
import type { JournalRecord } from "../../../lib/proto/journal_records.ts";
import type { JobResult, SchedulerToNode } from "../../../lib/proto/scheduler_messages.ts";
import { leaseKey } from "../../../lib/core/shared/lease_key.ts";
import { assertNever } from "../../../lib/proto/states.ts";
import { demand, Violation } from "../violation.ts";
import type { Run, WorldJob } from "./workload.ts";

/** What an attempt gives back: tells which lease of which job made it. */
type Detail = { readonly lease: string; readonly value: number };

/** One start of a job. */
type Attempt = {
  readonly key: string;
  readonly node: string;
  end: "running" | "finished" | "threw" | "crashed" | "stopped" | "killed";
};

type Account = {
  readonly job: WorldJob;
  submitted: boolean;
  accepted: boolean;
  gaveUp: boolean;
  closed: boolean;
  delivered: Ending["status"] | undefined;
  /** The lease that was handed out last by the scheduler that runs now, if it has handed out any. */
  lease: string | undefined;
  readonly attempts: Attempt[];
};

/** What the simulation needs of the world to keep the ledger. */
export type LedgerWorld = {
  readonly hasFaults: boolean;
  /** Whether a node stood still for a while: it could not stop what it ran. */
  readonly wasPaused: (node: string) => boolean;
  readonly drawAttempt: (job: WorldJob) => Run;
};

/**
 * Keeps account of every job by what its owner, its journal and its attempts show, without a look at the machines' states,
 * and holds the whole to its promise: what was accepted is delivered, once, and it is true.
 */
export class WorldLedger {
  readonly counts = new Map<string, number>();
  readonly #accounts = new Map<JobId, Account>();
  readonly #world: LedgerWorld;
  #watchers: (() => void)[] = [];
  executions = 0;

  constructor(jobs: readonly WorldJob[], world: LedgerWorld) {
    this.#world = world;
    for (const job of jobs) {
      this.#accounts.set(job.id, {
        job,
        submitted: false,
        accepted: false,
        gaveUp: false,
        closed: false,
        delivered: undefined,
        lease: undefined,
        attempts: [],
      });
    }
  }

  /** Calls back when the next result is delivered; not at all if none is. */
  onNextDelivery(callback: () => void): void {
    this.#watchers.push(callback);
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  submitted(id: JobId): void {
    this.#of(id).submitted = true;
  }

  gaveUp(id: JobId): void {
    this.#of(id).gaveUp = true;
  }

  /** The owner ends the cluster of these jobs; of those without a result, none is wanted any more. */
  closed(ids: readonly JobId[]): void {
    for (const id of ids) {
      const account = this.#of(id);
      if (account.delivered === undefined) account.closed = true;
    }
  }

  /** The owner was told that these jobs will not be lost. */
  accepted(ids: readonly JobId[]): void {
    for (const id of ids) {
      const account = this.#of(id);
      demand(account.submitted, () => `${id} is accepted and was never submitted`);
      account.accepted = true;
    }
  }

  isDelivered(id: JobId): boolean {
    return this.#of(id).delivered !== undefined;
  }

  /** What a lease gives. */
  detailOf(lease: LeaseRef): Detail {
    return { lease: leaseKey(lease), value: lease.job.length };
  }

  /** An attempt begins; says what it will do. */
  began(lease: LeaseRef, node: string): Run {
    this.executions += 1;
    const account = this.#of(lease.job);
    const { job, attempts } = account;
    const key = leaseKey(lease);
    demand(!attempts.some((one) => one.key === key), () => `${key} began twice`);
    demand(account.submitted, () => `${key} began and was never submitted`);
    if (!job.policy.reentrant) {
      const bad = attempts.find(({ end }) => !["threw", "crashed", "stopped"].includes(end));
      demand(bad === undefined, () => `${key} began, and ${bad?.key} ${bad?.end} before`);
      demand(attempts.length <= job.policy.retries, () => `${key} is one attempt too many`);
    }
    attempts.push({ key, node, end: "running" });
    return this.#world.drawAttempt(job);
  }

  ended(lease: LeaseRef, how: Exclude<Attempt["end"], "running">): void {
    const key = leaseKey(lease);
    const attempt = this.#of(lease.job).attempts.find((one) => one.key === key);
    if (attempt === undefined) throw new Violation("invariant", `${key} ended and never began`);
    attempt.end = how;
    this.count(`attempt ${how}`);
  }

  /** The journal gets these records. */
  recorded(records: readonly JournalRecord[]): void {
    for (const record of records) {
      this.count(`record ${record.type}`);
      if (record.type === "settled") this.#checkSettled(this.#of(record.job), record.ending);
    }
  }

  #checkSettled({ job, attempts, lease }: Account, ending: Ending): void {
    if (ending.status === "finished" && lease !== undefined) {
      const { lease: from } = ending.detail as Detail;
      demand(from === lease, () => `${from} settles the job while ${lease} is the lease`);
    }
    if (ending.status !== "abandoned" || job.policy.reentrant) return;
    // Who is told that a job is abandoned may start another in its place: it must not run on.
    const running = attempts.find(({ node, end }) =>
      end === "running" && !this.#world.wasPaused(node)
    );
    demand(running === undefined, () => `${job.id} is abandoned and ${running?.key} runs`);
  }

  /** The scheduler has something said to a node. */
  toldNode(message: SchedulerToNode): void {
    this.count(`node ${message.type}`);
    if (message.type !== "assign") return;
    for (const lease of message.leases) this.#of(lease.job).lease = leaseKey(lease);
  }

  /** What the scheduler has handed out it may not know any more when it is back. */
  schedulerDied(): void {
    for (const account of this.#accounts.values()) account.lease = undefined;
  }

  failed(id: JobId, why: string): void {
    const account = this.#of(id);
    demand(why === "cancelled" && account.gaveUp, () => `${id} failed: ${why}`);
    this.#settle(account, "cancelled");
  }

  /** The program is given a result. */
  delivered(result: JobResult): void {
    const account = this.#of(result.job);
    // Who has the result need not be told that the job will not be lost.
    account.accepted = true;
    this.#settle(account, result.ending.status);
    this.count(`delivered ${result.ending.status}`);
    if (!this.#isTrue(account, result)) {
      throw new Violation("wrong", `${result.job} is ${JSON.stringify(result.ending)}`);
    }
  }

  #settle(account: Account, status: Ending["status"]): void {
    const { job, delivered } = account;
    if (delivered !== undefined) {
      throw new Violation("duplicates", `${job.id} was delivered as ${delivered} and ${status}`);
    }
    demand(account.submitted, () => `${job.id} has ended and was never submitted`);
    account.delivered = status;
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  /** Whether a job may have ended this way after all that has happened to it. */
  #isTrue({ job, attempts, gaveUp }: Account, { ending }: JobResult): boolean {
    const { hasFaults } = this.#world;
    switch (ending.status) {
      case "finished": {
        const { lease, value } = ending.detail as Detail;
        return value === job.id.length &&
          attempts.some(({ key, end }) => key === lease && end === "finished");
      }
      case "terminated": {
        const how = ending.reason === "timeout" ? "stopped" : ending.reason;
        const failures = attempts.filter(({ end }) =>
          end === "threw" || end === "crashed" || end === "stopped"
        );
        return failures.some(({ end }) => end === how) &&
          (failures.length > job.policy.retries || gaveUp);
      }
      case "cancelled":
        return gaveUp;
      case "abandoned":
        return hasFaults;
      default:
        return assertNever(ending);
    }
  }

  /** The jobs whose owners wanted them to the end: how many were submitted, accepted, and delivered of these. */
  get sums(): { readonly submitted: number; readonly acked: number; readonly delivered: number } {
    const wanted = [...this.#accounts.values()].filter((one) => one.submitted && !one.closed);
    const acked = wanted.filter(({ accepted }) => accepted);
    const delivered = acked.filter((one) => one.delivered !== undefined);
    return { submitted: wanted.length, acked: acked.length, delivered: delivered.length };
  }

  /** Jobs that nobody has had an answer for. */
  get open(): JobId[] {
    const open = [...this.#accounts.values()].filter((one) =>
      !one.closed && one.delivered === undefined
    );
    return open.map(({ job }) => job.id);
  }

  #of(id: JobId): Account {
    const account = this.#accounts.get(id);
    if (account === undefined) throw new Violation("invariant", `${id} is no job of this run`);
    return account;
  }
}
