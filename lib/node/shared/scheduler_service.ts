import { randomBytes } from "node:crypto";
import type { Connection } from "../../net/types.ts";
import type { InstanceId } from "../../proto/ids.ts";
import type { NodeParts } from "../node_parts.ts";
import { openNodeState } from "./node_state.ts";
import { SharedExecutor } from "./shared_executor.ts";

/** What a node does for shared schedulers. Most nodes never meet one: what it takes is made for the first. */
export class SchedulerService {
  readonly #parts: NodeParts;
  readonly #stateFolder: string;
  #opening: Promise<SharedExecutor> | undefined;
  #executor: SharedExecutor | undefined;

  /** @param stateFolder Where results are kept over restarts of the node. */
  constructor(parts: NodeParts, stateFolder: string) {
    this.#parts = parts;
    this.#stateFolder = stateFolder;
  }

  /** Leases that run or wait here. */
  get open(): number {
    return this.#executor?.open ?? 0;
  }

  /** Works for the scheduler at the other end of a connection, which is over when the promise resolves. */
  async serve(connection: Connection): Promise<void> {
    const { name, address } = connection.peer;
    const { log } = this.#parts;
    let isGone = false;
    connection.onClose = () => isGone = true;
    try {
      this.#opening ??= this.#open();
      const executor = await this.#opening;
      if (isGone) return;
      log.info(`scheduler ${name} connected from ${address}`);
      await executor.welcome(connection);
    } catch (error) {
      this.#opening = undefined;
      log.error(`scheduler ${name} is not served: ${(error as Error).message}`);
      connection.destroy();
    }
  }

  /** Finishes what runs and takes nothing new, then ends. */
  async stop(): Promise<void> {
    const executor = await this.#opening;
    await executor?.drain();
    await executor?.close();
  }

  async #open(): Promise<SharedExecutor> {
    const { log } = this.#parts;
    const outbox = await openNodeState(this.#stateFolder, (state) => {
      if (state.kind === "working") log.info("results are kept on disk again");
      else log.error(`results are not kept on disk: ${state.error.message}`);
    });
    const instance = randomBytes(16).toString("hex") as InstanceId;
    this.#executor = new SharedExecutor(this.#parts, instance, outbox);
    return this.#executor;
  }
}
