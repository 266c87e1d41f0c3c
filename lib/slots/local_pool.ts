import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import type { Platform } from "../platform/types.ts";
import { CodeError } from "../proto/errors.ts";
import type { Code, JobPlace } from "../proto/executor.ts";
import type { NodeId } from "../proto/ids.ts";
import { processEntry, sharedEntry, sharedWorkerEntry, watcherEntry } from "./entries.ts";
import { withWholeOutput } from "./live_output.ts";
import { ProcessSlot, type ProcessSlotOptions } from "./process_slot.ts";
import type { ProviderListener, SlotProvider } from "./provider.ts";
import { SharedProcess } from "./shared_process.ts";
import type { Slot, SlotEvent, SlotListener, SlotTask } from "./types.ts";
import { WorkerSlot } from "./worker_slot.ts";

/** What keeps one job's code from another's: a Worker of this process, or a process of its own. */
export type Isolation = "worker" | "process";

/** What a local pool is made of. */
export type LocalPoolOptions = {
  readonly slots: number;
  /** `shared`: Workers as well, but of one process of their own. */
  readonly isolation: Isolation | "shared";
  readonly platform: Platform;
  /** The job's code; slots start while it is being made. */
  readonly code: Promise<Code>;
  /** Whether to tell what tasks print while they run. */
  readonly live: boolean;
  /**
   * A private folder, in which it makes one for the sockets and files of its processes.
   * @default the system's folder for temporary files
   */
  readonly folder?: string;
  readonly place: JobPlace;
  /** Working directory of processes. @default that of this process */
  readonly cwd?: string;
};

/** A slot that keeps dying before it is ready is given up after this many starts in a row. */
const maxFailedStarts = 3;

/**
 * Slots on the cores of this machine. Each slot is a node of the scheduler with one slot; a slot whose Worker or process
 * ended is replaced.
 */
export class LocalPool implements SlotProvider {
  readonly #options: LocalPoolOptions;
  readonly #listener: ProviderListener;
  readonly #slots = new Map<NodeId, Slot>();
  #shared: SharedProcess | undefined;
  #folder: string | undefined;
  #started = 0;
  #failedStarts = 0;
  #closed = false;

  /** Starts all slots. */
  constructor(options: LocalPoolOptions, listener: ProviderListener) {
    this.#options = options;
    this.#listener = listener;
    for (let index = 0; index < options.slots; index += 1) this.#startSlot();
  }

  assign(node: NodeId, tasks: readonly SlotTask[]): void {
    this.#slots.get(node)?.assign(tasks);
  }

  retract(node: NodeId, tasks: readonly SlotTask[]): void {
    this.#slots.get(node)?.retract(tasks);
  }

  stop(node: NodeId, task: SlotTask): void {
    this.#slots.get(node)?.stop(task);
  }

  probe(): void {
    for (const slot of this.#slots.values()) slot.probe();
  }

  /** How many slots it has. */
  get size(): number {
    return this.#slots.size;
  }

  /** Starts so many more slots. */
  grow(slots: number): void {
    for (let index = 0; index < slots; index += 1) this.#startSlot();
  }

  /** Ends at most so many slots, those that hold no task; gives how many. */
  shrink(slots: number): number {
    const idle = [...this.#slots].filter(([, slot]) => slot.isIdle).slice(0, slots);
    for (const [node, slot] of idle) {
      this.#slots.delete(node);
      this.#listener(node, [{ type: "gone", how: "because it is not needed" }]);
      void slot.close();
    }
    return idle.length;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#slots.values()].map((slot) => slot.close()));
    this.#slots.clear();
    await this.#shared?.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  #startSlot(): void {
    const node = `local:${this.#started}` as NodeId;
    this.#started += 1;
    const listener: SlotListener = (events) => this.#onEvents(node, events);
    const whole = this.#options.live ? withWholeOutput(listener) : listener;
    this.#slots.set(node, this.#createSlot(node, whole));
  }

  #createSlot(node: NodeId, listener: SlotListener): Slot {
    const { isolation, code, platform, place, live } = this.#options;
    // Which of its jobs ended a shared process, nobody knows. Apart from each other they do no harm, and one is blamed.
    if (isolation === "shared" && this.#shared?.hasCrashed !== true) {
      return this.#sharedProcess(node).openSlot({ code, place, live }, listener);
    }
    if (isolation === "worker") {
      const { stopsBusyWorkers } = platform;
      return new WorkerSlot({ code, place, stopsBusyWorkers, live }, listener);
    }
    return new ProcessSlot(code, this.#processOptions(node), listener);
  }

  #sharedProcess(node: NodeId): SharedProcess {
    if (this.#shared !== undefined && !this.#shared.isOver) return this.#shared;
    const { platform, cwd } = this.#options;
    const folder = this.#ownFolder();
    this.#shared = new SharedProcess({
      command: platform.runModule(sharedEntry(folder)),
      workerUrl: sharedWorkerEntry(folder).href,
      folder,
      name: nameOf(node),
      cwd,
      stopsBusyWorkers: platform.stopsBusyWorkers,
    });
    return this.#shared;
  }

  #processOptions(node: NodeId): ProcessSlotOptions {
    const { platform, place, cwd } = this.#options;
    const folder = this.#ownFolder();
    return {
      command: platform.runModule(processEntry(folder)),
      watcherUrl: watcherEntry(folder).href,
      folder,
      name: nameOf(node),
      live: this.#options.live,
      place: { scratch: folder, ...place },
      cwd,
    };
  }

  #ownFolder(): string {
    return this.#folder ??= mkdtempSync(`${this.#options.folder ?? tmpdir()}/muster-`);
  }

  #onEvents(node: NodeId, events: readonly SlotEvent[]): void {
    if (this.#closed) return;
    for (const event of events) {
      if (event.type === "ready") this.#failedStarts = 0;
      if (event.type === "gone") this.#replace(node, event.how);
    }
    this.#listener(node, events);
  }

  #replace(node: NodeId, how: string): void {
    this.#slots.delete(node);
    this.#failedStarts += 1;
    if (
      this.#failedStarts < maxFailedStarts + Math.max(this.#options.slots, this.#slots.size + 1)
    ) return this.#startSlot();
    const error = new CodeError(
      `Cannot load the jobs' code: it ended what it was loaded in, ${how}`,
    );
    this.#listener(node, [{ type: "failed", error }]);
  }
}

/** A node's name in paths. */
function nameOf(node: NodeId): string {
  return node.replace(":", "");
}
