import { NodeBed } from "./node_bed.ts";
import type { RunningProcess } from "./running_process.ts";

/** A scheduler that a test has started. */
export type StartedScheduler = { readonly process: RunningProcess; readonly address: string };

/** A bed with a scheduler on loopback, which a test may kill and start again on its journal and port. */
export class SharedBed extends NodeBed {
  /** Starts a scheduler and waits until it listens. */
  async scheduler(flags: readonly string[], port = "0"): Promise<StartedScheduler> {
    const process = this.start(
      [
        "scheduler",
        "--host",
        "127.0.0.1",
        "--port",
        port,
        "--no-discover",
        "--journal",
        `${this.folder}/journal`,
        ...flags,
      ],
      { env: this.env, stdin: null, deadlineMs: 120_000 },
    );
    await process.until("the scheduler listens", () => / listens on /.test(process.stderr));
    const address = / listens on ([^\s,]+)/.exec(process.stderr)?.[1] ?? "";
    return { process, address };
  }

  /** Ends one as an operator does. */
  async stopScheduler({ process }: StartedScheduler): Promise<void> {
    process.kill("SIGTERM");
    await process.ended();
  }
}
