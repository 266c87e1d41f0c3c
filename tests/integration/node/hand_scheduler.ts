import { filenameOf, hashCode } from "../../../lib/code/code_hash.ts";
import { dial } from "../../../lib/net/dial.ts";
import { loadKeys } from "../../../lib/net/keys.ts";
import type { Connection } from "../../../lib/net/types.ts";
import type { Code } from "../../../lib/proto/executor.ts";
import type { ClusterId, ComputationId, JobId, SchedulerId } from "../../../lib/proto/ids.ts";
import type { LeaseRef } from "../../../lib/proto/jobs.ts";
import type { FromNode } from "../../../lib/proto/scheduler_links.ts";
import type { LeaseEnd } from "../../../lib/proto/scheduler_messages.ts";
import { decodeFromNode, encodeToNode } from "../../../lib/wire/scheduler_node_codec.ts";
import { newIdentity } from "../net/ends.ts";

/** Code as a client would send it; `text` is the function. */
export function codeOf(text: string): { readonly computation: ComputationId; readonly code: Code } {
  const format = "script";
  const script = `() => ${text}`;
  const computation = hashCode({ format, text: script });
  const code = { format, text: script, filename: filenameOf(computation) } as const;
  return { computation, code };
}

/** A lease of epoch 1; `digit` names the job. */
export function leaseOf(digit: string): LeaseRef {
  return { job: digit.repeat(32) as JobId, lease: 1, epoch: 1 };
}

/** The other end of a node's connection, in the hands of a test. It greets and gives code; the rest is up to the test. */
export class HandScheduler {
  readonly said: FromNode[] = [];
  readonly #connection: Connection;
  readonly #codes: ReadonlyMap<ComputationId, Code>;
  #watchers: (() => void)[] = [];

  /** Schedulers are made by {@link HandScheduler.dial}. */
  constructor(connection: Connection, codes: readonly ReturnType<typeof codeOf>[]) {
    this.#connection = connection;
    this.#codes = new Map(codes.map(({ computation, code }) => [computation, code]));
    connection.onMessage = (bytes) => this.#receive(decodeFromNode(bytes));
    connection.onClose = () => {};
  }

  /** Connects to a node on loopback, with the secret that is in the folder of keys. */
  static async dial(
    address: string,
    home: string,
    codes: readonly ReturnType<typeof codeOf>[],
  ): Promise<HandScheduler> {
    const connection = await dial({
      host: "127.0.0.1",
      port: Number(address.split(":")[1]),
      role: "scheduler",
      name: "hand",
      identity: newIdentity(),
      keys: await loadKeys({ bind: ["127.0.0.1"], home }),
    });
    return new HandScheduler(connection, codes);
  }

  /** Hands out leases of one computation; `args` are those of each. */
  assign(
    { computation }: ReturnType<typeof codeOf>,
    leases: readonly LeaseRef[],
    args: readonly string[],
    expires = false,
  ): void {
    const cluster = "c".repeat(32) as ClusterId;
    this.#connection.send(encodeToNode({
      type: "assign",
      leases: leases.map((lease) => ({ ...lease, attempt: 1, cluster, computation, expires })),
      args,
    }));
  }

  /** Says what is about leases. */
  tell(type: "ack" | "retract" | "stop" | "drop", ...leases: readonly LeaseRef[]): void {
    this.#connection.send(encodeToNode({ type, leases }));
  }

  /** Ends of attempts that were told, in the order they came. */
  get ends(): LeaseEnd[] {
    return this.said.flatMap((message) => message.type === "done" ? message.ends : []);
  }

  /** The last thing of a kind that the node said. */
  last<Type extends FromNode["type"]>(type: Type): Extract<FromNode, { type: Type }> | undefined {
    return this.said.findLast((message) => message.type === type) as
      | Extract<FromNode, { type: Type }>
      | undefined;
  }

  /** Waits until something holds, which what the node says may bring about. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Breaks the connection. */
  cut(): void {
    this.#connection.destroy();
  }

  #receive(message: FromNode): void {
    this.said.push(message);
    if (message.type === "hello") {
      const scheduler = "5".repeat(32) as SchedulerId;
      const welcome = { type: "welcome", scheduler, epoch: 1, lostMs: 10_000 } as const;
      this.#connection.send(encodeToNode(welcome));
    } else if (message.type === "wantCode") {
      const code = this.#codes.get(message.computation);
      if (code !== undefined) {
        this.#connection.send(encodeToNode({ ...message, type: "code", code }));
      }
    }
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) watcher();
  }
}
