import { dial } from "../../lib/net/dial.ts";
import { loadIdentity, loadKeys } from "../../lib/net/keys.ts";
import type { Connection } from "../../lib/net/types.ts";
import { NodeBed } from "./node_bed.ts";
import type { RunningProcess } from "./running_process.ts";

/** A scheduler daemon that a test has started. */
export type StartedScheduler = {
  readonly process: RunningProcess;
  readonly address: string;
  readonly port: number;
};

/** A bed whose programs share a folder of keys, with schedulers and nodes on free ports of loopback. */
export class SchedulerProcesses extends NodeBed {
  /** Starts a scheduler and waits until it listens. */
  async scheduler(flags: readonly string[] = [], port = 0): Promise<StartedScheduler> {
    const args = ["scheduler", "--port", String(port), "--journal", this.journal, ...flags];
    const process = this.start(args, { env: this.env, stdin: null, deadlineMs: 120_000 });
    await process.until("the scheduler listens", () => / listens on /.test(process.stderr));
    const address = / listens on ([^\s,]+)/.exec(process.stderr)?.[1] ?? "";
    return { process, address, port: Number(/\d+$/.exec(address)?.[0]) };
  }

  /** Folder of the scheduler's journal. */
  get journal(): string {
    return `${this.folder}/journal`;
  }

  /** Connects to a scheduler as a client of this host. */
  async dial(port: number): Promise<Connection> {
    const home = this.env["MUSTER_HOME"];
    return await dial({
      host: "127.0.0.1",
      port,
      role: "client",
      expectedRoles: ["scheduler"],
      name: "test",
      identity: await loadIdentity({ home }),
      keys: await loadKeys({ home, bind: ["127.0.0.1"] }),
    });
  }
}
