import { randomBytes } from "node:crypto";
import { createIdMint } from "../../lib/client/id_mint.ts";
import { filenameOf, hashCode } from "../../lib/code/code_hash.ts";
import type { Connection } from "../../lib/net/types.ts";
import type { Code, Packed } from "../../lib/proto/executor.ts";
import type { ClusterId, ComputationId, JobId } from "../../lib/proto/ids.ts";
import type { JobPolicy } from "../../lib/proto/jobs.ts";
import type { FromClient, ToClient } from "../../lib/proto/scheduler_links.ts";
import type { JobResult } from "../../lib/proto/scheduler_messages.ts";
import { decodeToClient, encodeFromClient } from "../../lib/wire/scheduler_client_codec.ts";

/** The code of a computation that calls `fn`, written as an expression. */
export function computationOf(fn: string): { id: ComputationId; code: Code } {
  const text = `($scope) => ${fn}`;
  const format = "script";
  const id = hashCode({ format, text });
  return { id, code: { format, text, filename: filenameOf(id) } };
}

/** Jobs that may run again. */
export const reentrantPolicy: JobPolicy = {
  retries: 0,
  backoff: { firstMs: 1, maxMs: 1 },
  timeoutMs: undefined,
  reentrant: true,
  maxLosses: 5,
};

/** What a client is made with. */
export type TestClientOptions = {
  readonly name?: string;
  readonly shared?: boolean;
  readonly fn?: string;
  /** Whether results are acknowledged as they come. */
  readonly acks?: boolean;
  readonly maxOpenJobs?: number;
};

type TestJob = { readonly id: JobId; readonly number: number; readonly args: Packed };

/** A client of the shared scheduler in its simplest form: it sends again what was not accepted, and counts. */
export class TestClient {
  readonly cluster = randomBytes(16).toString("hex") as ClusterId;
  readonly jobs = new Map<JobId, TestJob>();
  readonly accepted = new Set<JobId>();
  readonly results = new Map<JobId, JobResult>();
  /** Everything it was told. */
  readonly heard: ToClient[] = [];
  /** Results that came again, although they had been acknowledged. */
  duplicates = 0;
  readonly #options: TestClientOptions;
  readonly #computation: ReturnType<typeof computationOf>;
  readonly #mint = createIdMint();
  readonly #watchers = new Set<() => void>();
  #connection: Connection | undefined;

  constructor(options: TestClientOptions = {}) {
    this.#options = options;
    this.#computation = computationOf(options.fn ?? "(x) => x");
  }

  get id(): ComputationId {
    return this.#computation.id;
  }

  /** Uses a connection; opens its cluster unless told otherwise. */
  connect(connection: Connection, opens = true): void {
    this.#connection = connection;
    connection.onMessage = (bytes) => {
      if (this.#connection === connection) this.#hear(decodeToClient(bytes));
    };
    connection.onBulk = connection.onMessage;
    connection.onClose = () => {
      if (this.#connection === connection) this.#connection = undefined;
      this.#notify();
    };
    this.say({ type: "hello", shared: this.#options.shared === true });
    if (opens) this.open();
  }

  open(): void {
    const { name = "", maxOpenJobs = 1e6 } = this.#options;
    const options = { priority: 0, exclusive: false, maxOpenJobs, maxOpenBytes: 2 ** 40 };
    this.say({ type: "open", cluster: this.cluster, name, computation: this.id, options });
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  say(message: FromClient): void {
    this.#connection?.send(encodeFromClient(message));
  }

  /** Submits jobs, one for each of the arguments. */
  submit(args: readonly Packed[], policy: JobPolicy = reentrantPolicy): TestJob[] {
    const jobs = args.map((each): TestJob => {
      const job = { id: this.#mint(), number: this.jobs.size, args: each };
      this.jobs.set(job.id, job);
      return job;
    });
    this.send(jobs, policy);
    return jobs;
  }

  send(jobs: readonly TestJob[], policy: JobPolicy = reentrantPolicy): void {
    this.say({
      type: "submit",
      cluster: this.cluster,
      jobs: jobs.map(({ id, number, args }) => ({
        job: id,
        number,
        hash: String(args),
        bytes: args.length,
        policy,
      })),
      args: jobs.map(({ args }) => args),
    });
  }

  ack(jobs: readonly JobId[]): void {
    this.say({ type: "ack", cluster: this.cluster, jobs });
  }

  /** Waits until something holds, looked at whenever something was heard. */
  async until(what: string, holds: () => boolean, deadlineMs = 20_000): Promise<void> {
    const timeout = AbortSignal.timeout(deadlineMs);
    while (!holds()) {
      if (timeout.aborted) throw new Error(`Waited in vain until ${what}`);
      await new Promise<void>((resolve) => {
        this.#watchers.add(resolve);
        timeout.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  /** The last message of that kind. */
  last<Type extends ToClient["type"]>(type: Type): Extract<ToClient, { type: Type }> | undefined {
    return this.heard.findLast((message) => message.type === type) as
      | Extract<ToClient, { type: Type }>
      | undefined;
  }

  #hear(message: ToClient): void {
    if (message.type !== "results") this.heard.push(message);
    switch (message.type) {
      case "wantCode":
        this.say({ type: "code", computation: this.id, code: this.#computation.code });
        break;
      case "attached": {
        const open = [...this.jobs.values()].filter(({ id }) => !this.accepted.has(id));
        if (open.length > 0) this.send(open);
        break;
      }
      case "accepted":
        for (const job of message.jobs) this.accepted.add(job);
        break;
      case "results":
        for (const result of message.results) {
          if (this.results.has(result.job)) this.duplicates += 1;
          this.results.set(result.job, result);
        }
        if (this.#options.acks !== false) this.ack(message.results.map(({ job }) => job));
        break;
      default:
        break;
    }
    this.#notify();
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
    this.#watchers.clear();
  }
}
