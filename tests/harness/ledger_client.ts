// A client of a shared scheduler in a process of its own: it keeps a number of jobs open until a line comes on its
// standard input, then waits for the rest, and says every now and then how far it is. Argument: `ClientOrder` as JSON.
import { createIdMint } from "../../lib/client/id_mint.ts";
import { parseSchedulerTarget } from "../../lib/client/node_target.ts";
import { schedulerDialer } from "../../lib/client/shared/dial_scheduler.ts";
import { SchedulerSession } from "../../lib/client/shared/scheduler_session.ts";
import { computationFromExport } from "../../lib/code/computation.ts";
import type { Connection } from "../../lib/net/types.ts";
import type { Packed } from "../../lib/proto/executor.ts";
import type { ClusterId, JobId } from "../../lib/proto/ids.ts";
import type { JobPolicy } from "../../lib/proto/jobs.ts";
import { limits } from "../../lib/proto/limits.ts";
import type { JobResult } from "../../lib/proto/scheduler_messages.ts";
import { unpackDetail } from "../../lib/wire/attempt_detail.ts";
import { decodeToClient, encodeFromClient } from "../../lib/wire/scheduler_client_codec.ts";
import { packValue, unpackValue } from "../../lib/wire/value.ts";
import { randomBytes } from "node:crypto";
import process from "node:process";
import { isRight, type LedgerInput } from "../fixtures/jobs/ledger_jobs.ts";

/** What a client is to do. */
export type ClientOrder = {
  /** As `host:port`. */
  readonly scheduler: string;
  /** File that its jobs write to. */
  readonly ledger: string;
  /** Jobs that are open at once. */
  readonly window: number;
  /** How long each takes; one of five takes ten times as long. */
  readonly workMs: number;
  /** Jobs in all; undefined: until it is told. */
  readonly jobs?: number;
  /** Jobs that are submitted a second, at most. */
  readonly perSecond?: number;
  /** One of so many jobs is given, and gives, so many bytes. */
  readonly bigEvery?: number;
  readonly bigBytes?: number;
  readonly reportMs?: number;
};

/** What a client says of itself, one line of JSON each time. */
export type ClientReport = {
  /** When, by the clock of the host. */
  readonly atMs: number;
  readonly submitted: number;
  readonly acked: number;
  readonly delivered: number;
  readonly duplicates: number;
  readonly wrong: number;
  /** Results by the name of the node that they come from. */
  readonly byNode: Readonly<Record<string, number>>;
  /** Of the last report, when all jobs have their results: what the scheduler has refused of what nodes said. */
  readonly staleRejected?: number;
};

/** How often it says how far it is, at most, unless told otherwise. */
const reportMs = 50;
/** How often it looks whether more may be submitted. */
const paceMs = 10;

const policy: JobPolicy = {
  retries: 0,
  backoff: { firstMs: 1, maxMs: 1 },
  timeoutMs: undefined,
  reentrant: true,
  // Nothing in a test of faults may end a job but the job.
  maxLosses: limits.maxRetries,
};

class LedgerClient {
  readonly #order: ClientOrder;
  readonly #mint = createIdMint();
  readonly #open = new Map<JobId, LedgerInput>();
  readonly #unacked = new Set<JobId>();
  readonly #byNode: Record<string, number> = {};
  #submitted = 0;
  #acked = 0;
  #delivered = 0;
  #duplicates = 0;
  #wrong = 0;
  #isStopped = false;
  #session: SchedulerSession | undefined;
  #connection: Connection | undefined;
  #onStatus: (staleRejected: number) => void = () => {};
  #reportTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #done = Promise.withResolvers<void>();

  constructor(order: ClientOrder) {
    this.#order = order;
  }

  async run(): Promise<void> {
    const jobs = new URL("../fixtures/jobs/ledger_jobs.ts", import.meta.url).href;
    const { id, format, text, filename } = await computationFromExport(jobs, "record");
    const target = parseSchedulerTarget(this.#order.scheduler);
    const dial = await schedulerDialer(target, undefined);
    this.#session = new SchedulerSession({
      target: {
        type: "open",
        cluster: randomBytes(16).toString("hex") as ClusterId,
        name: "ledger",
        computation: id,
        options: { priority: 0, exclusive: false, maxOpenJobs: 1e6, maxOpenBytes: 2 ** 40 },
      },
      shared: false,
      code: { type: "code", computation: id, code: { format, text, filename } },
      dial: async (signal) => this.#overhear(await dial(signal)),
      onWarning: (line) => process.stderr.write(`${line}\n`),
      listener: {
        attached: () => {},
        running: () => {},
        results: (results) => this.#take(results),
        failed: (job, why) => this.#fail(`job ${this.#open.get(job)?.n} has failed: ${why}`),
        ended: (why) => this.#fail(`the session has ended: ${why}`),
      },
    });
    await this.#session.ready;
    const pace = setInterval(() => this.#submit(), paceMs);
    await this.#done.promise;
    clearInterval(pace);
    clearTimeout(this.#reportTimer);
    this.#report(await this.#askStale());
    this.#session.leave("close");
    await this.#session.ended;
    await this.#session.stop();
  }

  /** Submits no more. */
  stop(): void {
    this.#isStopped = true;
    this.#checkDone();
  }

  #submit(): void {
    const { jobs = Infinity, perSecond = Infinity, window } = this.#order;
    const paced = this.#submitted + perSecond * paceMs / 1000;
    while (
      !this.#isStopped && this.#open.size < window && this.#submitted < Math.min(jobs, paced)
    ) this.#submitOne();
    if (this.#submitted >= jobs) this.stop();
  }

  #submitOne(): void {
    const { ledger, bigEvery = Infinity, bigBytes = 0 } = this.#order;
    const n = this.#submitted;
    const workMs = this.#order.workMs * (n % 5 === 4 ? 10 : 1);
    this.#submitted += 1;
    const isBig = n % bigEvery === bigEvery - 1;
    const resultBytes = isBig ? bigBytes : 0;
    const input = { n, ledger, workMs, resultBytes };
    const job = this.#mint();
    this.#open.set(job, input);
    this.#unacked.add(job);
    const ballast = isBig ? { ballast: new Uint8Array(bigBytes).fill(n % 256) } : {};
    this.#session?.submit(job, packValue([{ ...input, ...ballast }]), policy);
  }

  /** Hears what the session does not tell. */
  #overhear(connection: Connection): Connection {
    this.#connection = connection;
    let heardBy: (bytes: Uint8Array) => void = () => {};
    return new Proxy(connection, {
      get: (target, name) => {
        const value = Reflect.get(target, name, target);
        return typeof value === "function" && name !== "onMessage" ? value.bind(target) : value;
      },
      set: (target, name, value) => {
        if (name !== "onMessage") return Reflect.set(target, name, value, target);
        heardBy = value;
        target.onMessage = (bytes) => {
          this.#hear(bytes);
          heardBy(bytes);
        };
        return true;
      },
    });
  }

  #hear(bytes: Uint8Array): void {
    const message = decodeToClient(bytes);
    if (message.type === "status") this.#onStatus(message.status.staleRejected);
    if (message.type !== "accepted") return;
    for (const job of message.jobs) if (this.#unacked.delete(job)) this.#acked += 1;
    this.#reportSoon();
  }

  #take(results: readonly JobResult[]): void {
    for (const result of results) {
      const input = this.#open.get(result.job);
      if (input === undefined) {
        this.#duplicates += 1;
        continue;
      }
      this.#open.delete(result.job);
      this.#delivered += 1;
      const node = result.node?.split("~")[0] ?? "none";
      this.#byNode[node] = (this.#byNode[node] ?? 0) + 1;
      if (!isRight(valueOf(result), input)) this.#wrong += 1;
    }
    this.#reportSoon();
    // A window that is full waits for this; one with a pace for its timer.
    if (this.#order.perSecond === undefined) this.#submit();
    this.#checkDone();
  }

  #checkDone(): void {
    if (this.#isStopped && this.#open.size === 0) this.#done.resolve();
  }

  #reportSoon(): void {
    this.#reportTimer ??= setTimeout(() => this.#report(), this.#order.reportMs ?? reportMs);
  }

  #report(staleRejected?: number): void {
    this.#reportTimer = undefined;
    const report: ClientReport = {
      atMs: Date.now(),
      submitted: this.#submitted,
      acked: this.#acked,
      delivered: this.#delivered,
      duplicates: this.#duplicates,
      wrong: this.#wrong,
      byNode: this.#byNode,
      ...(staleRejected !== undefined && { staleRejected }),
    };
    process.stdout.write(`${JSON.stringify(report)}\n`);
  }

  #askStale(): Promise<number> {
    return new Promise((resolve) => {
      this.#onStatus = resolve;
      this.#connection?.send(encodeFromClient({ type: "askStatus" }));
    });
  }

  #fail(why: string): void {
    if (this.#isStopped && this.#open.size === 0) return;
    this.#done.reject(new Error(why));
  }
}

function valueOf({ ending }: JobResult): unknown {
  if (ending.status !== "finished") return ending;
  const { value } = unpackDetail(ending.detail as Packed);
  return value === undefined ? undefined : unpackValue(value);
}

if (import.meta.main) {
  const client = new LedgerClient(JSON.parse(process.argv[2] ?? "{}") as ClientOrder);
  process.stdin.on("data", () => client.stop());
  await client.run();
  process.exit(0);
}
