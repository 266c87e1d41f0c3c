import { randomBytes } from "node:crypto";
import type { Connection } from "../../lib/net/types.ts";
import type { Packed } from "../../lib/proto/executor.ts";
import type { InstanceId } from "../../lib/proto/ids.ts";
import type { LeaseRef, Outcome } from "../../lib/proto/jobs.ts";
import type { NodeFacts } from "../../lib/proto/node_messages.ts";
import type { AssignMessage, FromNode, ToNode } from "../../lib/proto/scheduler_links.ts";
import type { LeaseEnd } from "../../lib/proto/scheduler_messages.ts";
import { decodeToNode, encodeFromNode } from "../../lib/wire/scheduler_node_codec.ts";

/** A node's facts, as far as they matter to nobody here. */
export const testFacts: NodeFacts = {
  slots: 2,
  runtime: "bun",
  runtimeVersion: "1",
  platform: "linux",
  arch: "x64",
  version: "0",
  tags: [],
};

/** What a node is made with. */
export type TestNodeOptions = {
  readonly slots?: number;
  readonly key?: string;
  /** How a job ends; undefined: not before {@link TestNode.end} is called. Its arguments by default. */
  readonly run?: (args: Packed) => Outcome | undefined;
};

type Held = LeaseRef & { readonly args: Packed };

const nameOf = ({ job, lease, epoch }: LeaseRef): string => `${job} ${lease} ${epoch}`;

/** A node of the shared scheduler without slots: it says how jobs end as soon as it gets them. */
export class TestNode {
  readonly held = new Map<string, Held>();
  readonly outbox = new Map<string, LeaseEnd>();
  /** Everything it was told. */
  readonly heard: ToNode[] = [];
  /** Attempts that it began. */
  executions = 0;
  readonly #instance = randomBytes(16).toString("hex") as InstanceId;
  readonly #options: TestNodeOptions;
  readonly #watchers = new Set<() => void>();
  #connection: Connection | undefined;

  constructor(options: TestNodeOptions = {}) {
    this.#options = options;
  }

  /** Uses a connection. */
  connect(connection: Connection): void {
    this.#connection = connection;
    connection.onMessage = (bytes) => {
      if (this.#connection === connection) this.#hear(decodeToNode(bytes));
    };
    connection.onBulk = connection.onMessage;
    connection.onClose = () => {
      if (this.#connection === connection) this.#connection = undefined;
      this.#notify();
    };
    this.say({ type: "hello", key: this.#options.key ?? "0", facts: testFacts });
  }

  get isConnected(): boolean {
    return this.#connection !== undefined;
  }

  say(message: FromNode): void {
    this.#connection?.send(encodeFromNode(message));
  }

  /** Ends everything it holds. */
  end(outcome: (args: Packed) => Outcome): void {
    this.#done([...this.held.values()].map((each) => ({ ...each, outcome: outcome(each.args) })));
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

  #hear(message: ToNode): void {
    this.heard.push(message);
    switch (message.type) {
      case "welcome":
        this.say({
          type: "announce",
          instance: this.#instance,
          slots: this.#options.slots ?? testFacts.slots,
          draining: false,
          held: [...this.held.values()].map(({ job, lease, epoch }) => ({
            job,
            lease,
            epoch,
            runningMs: undefined,
          })),
          outbox: [...this.outbox.values()],
        });
        if (this.outbox.size > 0) this.say({ type: "done", ends: [...this.outbox.values()] });
        break;
      case "assign":
        this.#assign(message);
        break;
      case "drop":
      case "ack":
        for (const lease of message.leases) {
          this.held.delete(nameOf(lease));
          this.outbox.delete(nameOf(lease));
        }
        break;
      case "stop":
        this.#done(message.leases.map((lease) => ({ ...lease, outcome: { kind: "stopped" } })));
        break;
      default:
        break;
    }
    this.#notify();
  }

  #assign({ leases, args }: AssignMessage): void {
    const ended: (LeaseRef & { outcome: Outcome })[] = [];
    for (const [index, lease] of leases.entries()) {
      const packed = args[index] ?? "";
      this.executions += 1;
      const { run = (detail) => ({ kind: "finished", detail }) } = this.#options;
      const outcome = run(packed);
      if (outcome === undefined) this.held.set(nameOf(lease), { ...lease, args: packed });
      else ended.push({ ...lease, outcome });
    }
    this.#done(ended);
  }

  #done(ended: readonly (LeaseRef & { readonly outcome: Outcome })[]): void {
    if (ended.length === 0) return;
    const ends = ended.map(({ job, lease, epoch, outcome }): LeaseEnd => {
      const end = { job, lease, epoch, outcome, runMs: 0.01 };
      this.held.delete(nameOf(end));
      this.outbox.set(nameOf(end), end);
      return end;
    });
    this.say({ type: "done", ends });
  }

  #notify(): void {
    for (const watcher of [...this.#watchers]) watcher();
    this.#watchers.clear();
  }
}
