import { leaseKey } from "../../core/shared/lease_key.ts";
import type { JobEnd } from "../../dispatch/job_end.ts";
import type { Code, Packed } from "../../proto/executor.ts";
import type { ComputationId } from "../../proto/ids.ts";
import type { LeaseRef, Outcome } from "../../proto/jobs.ts";
import type { LeaseJob, Runner, RunnerListener } from "./computation_runner.ts";
import { leaseOutcome } from "./lease_outcome.ts";
import { shareSlots } from "./slot_shares.ts";

/** What becomes of leases. */
export type LeaseListener = {
  /** An attempt runs since `atMs`, in milliseconds since the epoch. Of short ones only the end is told. */
  started(lease: LeaseRef, atMs: number): void;
  ended(lease: LeaseRef, outcome: Outcome, runMs: number): void;
  /** The lease never began to run. */
  returned(lease: LeaseRef): void;
};

/** A lease with what its attempt needs. */
export type LeaseTask = {
  readonly lease: LeaseRef;
  readonly computation: ComputationId;
  readonly args: Packed;
};

/** What the slots are made of. */
export type LeaseSlotsParts = {
  /** The code of a computation, if it is here. */
  readonly codeOf: (computation: ComputationId) => Code | undefined;
  /** Makes what runs the leases of a computation, without slots yet. */
  readonly startRunner: (code: Code, listener: RunnerListener) => Runner;
};

/** What a node has of one computation. */
type Line = {
  code: Code | undefined;
  runner: Runner | undefined;
  /** Leases that its runner does not have yet, by name, first come first. */
  readonly waiting: Map<string, LeaseTask>;
  /** It has more slots than its share: it gets no leases until some of them are free. */
  isThrottled: boolean;
};

/** With fewer slots than computations, they take turns of this length. */
const turnMs = 1000;

/**
 * Runs leases of several computations on the slots of a node. Each computation has slots of its own, for code of one
 * must not meet code of another; how many follows what there is to do.
 */
export class LeaseSlots {
  readonly #parts: LeaseSlotsParts;
  readonly #listener: LeaseListener;
  readonly #lines = new Map<ComputationId, Line>();
  /** Every lease here, by name. */
  readonly #tasks = new Map<string, LeaseTask>();
  #slots: number;
  #turnTimer: ReturnType<typeof setTimeout> | undefined;
  /** Whether a line may be due more slots, or fewer. */
  #isUneven = false;

  /** @param slots How many there are; may be changed by {@link resize}. */
  constructor(slots: number, parts: LeaseSlotsParts, listener: LeaseListener) {
    this.#slots = slots;
    this.#parts = parts;
    this.#listener = listener;
  }

  /** Leases that have not ended. */
  get open(): number {
    return this.#tasks.size;
  }

  /** Computations that have leases here and no code. */
  get codeless(): ComputationId[] {
    return [...this.#lines].flatMap(([computation, { code, waiting }]) =>
      code === undefined && waiting.size > 0 ? [computation] : []
    );
  }

  /** Takes leases in; those of one computation begin in this order. */
  run(tasks: readonly LeaseTask[]): void {
    for (const task of tasks) {
      const name = leaseKey(task.lease);
      this.#tasks.set(name, task);
      const line = this.#lineOf(task.computation);
      if (line.runner !== undefined && line.runner.slots > 0 && !line.isThrottled) {
        line.runner.submit(name, task.args);
        // It may have begun with less to do than there are slots.
        if (line.runner.slots < Math.min(this.#slots, line.runner.open)) this.#isUneven = true;
        continue;
      }
      line.waiting.set(name, task);
      this.#isUneven = true;
    }
    this.#balance();
  }

  /** The code of a computation has come. */
  codeCame(computation: ComputationId): void {
    const line = this.#lines.get(computation);
    if (line === undefined) return;
    line.code ??= this.#parts.codeOf(computation);
    this.#isUneven = true;
    this.#balance();
  }

  /** Takes a lease back if it has not begun: `returned` or `started` follows. */
  retract(lease: LeaseRef): void {
    const name = leaseKey(lease);
    if (!this.#giveBack(name)) this.#runnerOf(name)?.retract(name);
  }

  /** Has a lease stopped: `returned` or `ended` follows. */
  stop(lease: LeaseRef): void {
    const name = leaseKey(lease);
    if (!this.#giveBack(name)) this.#runnerOf(name)?.stop(name);
  }

  /** Changes how many slots there are; busy ones go when their attempts have ended. */
  resize(slots: number): void {
    this.#slots = slots;
    this.#isUneven = true;
    this.#balance();
  }

  /** Ends all that runs; nothing is told any more. */
  async close(): Promise<void> {
    clearTimeout(this.#turnTimer);
    const runners = [...this.#lines.values()].flatMap(({ runner }) => runner ?? []);
    this.#lines.clear();
    this.#tasks.clear();
    await Promise.all(runners.map((runner) => runner.close()));
  }

  #lineOf(computation: ComputationId): Line {
    const known = this.#lines.get(computation);
    if (known !== undefined) return known;
    const line: Line = {
      code: this.#parts.codeOf(computation),
      runner: undefined,
      waiting: new Map(),
      isThrottled: false,
    };
    this.#lines.set(computation, line);
    return line;
  }

  #runnerOf(name: string): Runner | undefined {
    const task = this.#tasks.get(name);
    return task === undefined ? undefined : this.#lines.get(task.computation)?.runner;
  }

  /** Gives a lease back that its runner does not have yet. */
  #giveBack(name: string): boolean {
    const task = this.#tasks.get(name);
    if (task === undefined || !this.#lines.get(task.computation)?.waiting.delete(name)) {
      return false;
    }
    this.#tasks.delete(name);
    this.#listener.returned(task.lease);
    return true;
  }

  #onStarted({ id }: LeaseJob, atMs: number): void {
    const task = this.#tasks.get(id);
    if (task !== undefined) this.#listener.started(task.lease, atMs);
  }

  #onEnded({ id }: LeaseJob, end: JobEnd): void {
    const task = this.#tasks.get(id);
    if (task === undefined) return;
    this.#tasks.delete(id);
    const outcome = leaseOutcome(end);
    if (outcome === undefined) this.#listener.returned(task.lease);
    else this.#listener.ended(task.lease, outcome, end.runMs);
    if (end.ending.status === "refused") this.#discard(task.computation);
    if (this.#isUneven) queueMicrotask(() => this.#balance());
  }

  /** Code that could not be loaded is tried anew with the next lease, as if it had just come. */
  #discard(computation: ComputationId): void {
    const line = this.#lines.get(computation);
    if (line?.runner === undefined) return;
    void line.runner.close();
    line.runner = undefined;
    this.#isUneven = true;
  }

  /** Moves slots from computations that have more than their share to those that have less. */
  #balance(): void {
    if (!this.#isUneven) return;
    const lines = [...this.#lines.values()].filter(({ code }) => code !== undefined);
    const busy = lines.filter((line) => leasesOf(line) > 0);
    const shares = new Map(lines.map((line) => [line, 0]));
    const demands = busy.map((line) => ({ leases: leasesOf(line) }));
    for (const [index, share] of shareSlots(demands, this.#slots).entries()) {
      const line = busy[index];
      if (line !== undefined) shares.set(line, share);
    }
    this.#isUneven = false;
    this.#takeSlots(shares);
    this.#giveSlots(shares);
    this.#forgetUnused();
    this.#planTurn(busy.length);
  }

  #takeSlots(shares: ReadonlyMap<Line, number>): void {
    const used = [...shares.keys()].reduce((sum, line) => sum + slotsOf(line), 0);
    let wanted = used - this.#slots;
    for (const [line, share] of shares) wanted += Math.max(0, share - slotsOf(line));
    for (const [line, share] of shares) {
      const excess = slotsOf(line) - share;
      line.isThrottled = false;
      if (excess <= 0 || wanted <= 0) continue;
      wanted -= line.runner?.shrink(Math.min(excess, wanted)) ?? 0;
      // What it still has beyond its share is busy, and must not be given more to do.
      if (slotsOf(line) <= share || wanted <= 0) continue;
      line.isThrottled = true;
      this.#isUneven = true;
    }
  }

  #giveSlots(shares: ReadonlyMap<Line, number>): void {
    let free = this.#slots;
    for (const line of shares.keys()) free -= slotsOf(line);
    for (const [line, share] of shares) {
      const grown = Math.min(share - slotsOf(line), free);
      if (grown > 0) {
        line.runner ??= this.#createRunner(line);
        line.runner?.grow(grown);
        free -= grown;
      }
      if (line.waiting.size === 0) continue;
      if (line.isThrottled || slotsOf(line) === 0) this.#isUneven = true;
      else this.#feed(line);
    }
  }

  #forgetUnused(): void {
    for (const [computation, line] of this.#lines) {
      if (slotsOf(line) > 0 || leasesOf(line) > 0) continue;
      this.#lines.delete(computation);
      void line.runner?.close();
    }
  }

  #createRunner({ code }: Line): Runner | undefined {
    if (code === undefined) return undefined;
    return this.#parts.startRunner(code, {
      started: (job, atMs) => this.#onStarted(job, atMs),
      ended: (job, end) => this.#onEnded(job, end),
    });
  }

  #feed({ waiting, runner }: Line): void {
    for (const [name, { args }] of waiting) runner?.submit(name, args);
    waiting.clear();
  }

  /** Whoever was served first goes to the end of the line. */
  #planTurn(busy: number): void {
    if (busy <= this.#slots || this.#slots === 0 || this.#turnTimer !== undefined) return;
    this.#turnTimer = setTimeout(() => {
      this.#turnTimer = undefined;
      const [first] = [...this.#lines].filter(([, line]) => leasesOf(line) > 0);
      if (first === undefined) return;
      this.#lines.delete(first[0]);
      this.#lines.set(...first);
      this.#isUneven = true;
      this.#balance();
    }, turnMs);
  }
}

function slotsOf({ runner }: Line): number {
  return runner?.slots ?? 0;
}

function leasesOf({ runner, waiting }: Line): number {
  return (runner?.open ?? 0) + waiting.size;
}
