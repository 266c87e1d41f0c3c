import { randomBytes } from "node:crypto";
import { BaseCluster } from "../../lib/client/base_cluster.ts";
import { AttachedCluster } from "../../lib/client/shared/attached_cluster.ts";
import { AttachedResults } from "../../lib/client/shared/attached_results.ts";
import type { HeldAcks } from "../../lib/client/shared/held_acks.ts";
import { SchedulerSession } from "../../lib/client/shared/scheduler_session.ts";
import { SharedQueue } from "../../lib/client/shared/shared_queue.ts";
import { ConnectError } from "../../lib/net/connect_error.ts";
import type { Connection } from "../../lib/net/types.ts";
import type { ClusterId } from "../../lib/proto/ids.ts";
import type { SchedulerBed } from "./scheduler_bed.ts";
import { computationOf, reentrantPolicy } from "./scheduler_client.ts";

/** A scheduler that programs dial without a network, and that may be away. */
export class ReachableBed {
  isUp = true;
  readonly warnings: string[] = [];
  readonly #bed: SchedulerBed;
  #connections: Connection[] = [];

  constructor(bed: SchedulerBed) {
    this.#bed = bed;
  }

  /** Stops the scheduler, and starts it again on its journal. */
  async restart(): Promise<void> {
    this.isUp = false;
    await this.#bed.stop();
    await this.#bed.start();
    this.isUp = true;
  }

  /** Cuts off all programs. */
  cut(): void {
    for (const connection of this.#connections.splice(0)) connection.destroy();
  }

  /** What a session with it is made of. */
  get parts(): {
    readonly shared: boolean;
    readonly dial: () => Promise<Connection>;
    readonly onWarning: (line: string) => void;
  } {
    return {
      shared: false,
      dial: () => {
        if (!this.isUp) return Promise.reject(new ConnectError("unreachable", "Cannot connect"));
        const connection = this.#bed.connect({ role: "client", name: "client" });
        this.#connections.push(connection);
        return Promise.resolve(connection);
      },
      onWarning: (line) => this.warnings.push(line),
    };
  }

  /** A program's cluster of a function that gives back what it is given. */
  cluster(
    name: string,
    maxOpenJobs = 1e6,
    held: HeldAcks | undefined = undefined,
  ): { readonly queue: SharedQueue; readonly cluster: BaseCluster<[number], [number]> } {
    const { id, code } = computationOf("(x) => x");
    const queue = new SharedQueue({
      target: {
        type: "open",
        cluster: randomBytes(16).toString("hex") as ClusterId,
        name,
        computation: id,
        options: { priority: 0, exclusive: false, maxOpenJobs, maxOpenBytes: 2 ** 32 },
      },
      code: { type: "code", computation: id, code },
      ...(held !== undefined && { held }),
      ...this.parts,
    });
    const terms = { policy: reentrantPolicy, memoryLimitBytes: undefined };
    const cluster = new BaseCluster<[number], [number]>({
      queue,
      computation: { filename: code.filename, places: { kind: "lines", lines: [] } as never },
      isolation: "process",
      base: terms,
      resolve: () => terms,
      window: () => 100,
      close: async () => {
        queue.session.leave("close");
        await queue.session.ended;
        await queue.session.stop();
      },
    });
    return { queue, cluster };
  }

  /** Attaches to one. */
  async attach(name: string): Promise<AttachedCluster> {
    const results: AttachedResults = new AttachedResults((jobs) => session.acknowledge(jobs));
    const session: SchedulerSession = new SchedulerSession({
      target: { type: "attach", name },
      code: undefined,
      listener: results,
      holdsAck: (job) => results.holds(job),
      ...this.parts,
    });
    await session.ready;
    return new AttachedCluster(name, session, results, this.parts.onWarning);
  }
}
