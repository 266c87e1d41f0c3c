import { seqSpace } from "../proto/executor.ts";

/**
 * Who has a task: its runner, which has begun it, or its host, which has taken it back.
 *
 * The answer lies in shared memory, so that a task can be taken back for certain, at once, while the runner is busy
 * with another one, and so that the host knows what was running when the runner dies. Each task has a cell by its
 * number, and a cell says which task it speaks of: whoever writes first has the task.
 */
const capacity = 8192;
const withdrawn = 0;
const begun = 1;
/** Value of the cell `current` while nothing runs. */
const none = -1;
/** `f64 start of the running task | f64 its memory limit | i32 its number | i32 tasks begun so far` */
const headerBytes = 24;

/** The task that runs, and since when (milliseconds since the epoch). */
export type Running = { readonly seq: number; readonly startedAtMs: number };

/** One runner's claims; made by one side, shared with the other. */
export class Claims {
  /** Open tasks must not lie further apart than this, or two would share a cell. */
  static readonly capacity = capacity;
  readonly buffer: SharedArrayBuffer;
  readonly #startedAt: Float64Array;
  readonly #limitBytes: Float64Array;
  readonly #current: Int32Array;
  readonly #begun: Int32Array;
  readonly #cells: Int32Array;

  constructor(buffer?: SharedArrayBuffer) {
    this.buffer = buffer ?? new SharedArrayBuffer(headerBytes + capacity * 4);
    this.#startedAt = new Float64Array(this.buffer, 0, 1);
    this.#limitBytes = new Float64Array(this.buffer, 8, 1);
    this.#current = new Int32Array(this.buffer, 16, 1);
    this.#begun = new Int32Array(this.buffer, 20, 1);
    this.#cells = new Int32Array(this.buffer, headerBytes, capacity);
    if (buffer !== undefined) return;
    this.#current[0] = none;
    // As if each had been taken back in the round before the first.
    for (let index = 0; index < capacity; index += 1) {
      this.#cells[index] = entry(seqSpace - capacity + index, withdrawn);
    }
  }

  /** Takes the task back; false if it has begun. */
  withdraw(seq: number): boolean {
    return this.#claim(seq, withdrawn);
  }

  /**
   * Begins the task at `startedAtMs` (milliseconds since the epoch); false if it was taken back.
   *
   * @param limitBytes Its memory limit; 0 for none.
   */
  begin(seq: number, startedAtMs: number, limitBytes = 0): boolean {
    if (!this.#claim(seq, begun)) return false;
    this.#startedAt[0] = startedAtMs;
    this.#limitBytes[0] = limitBytes;
    this.#begun[0] = (this.#begun[0] ?? 0) + 1;
    Atomics.store(this.#current, 0, seq);
    return true;
  }

  /** Nothing is running any more. */
  idle(): void {
    Atomics.store(this.#current, 0, none);
  }

  /** The task that runs now. */
  running(): Running | undefined {
    const seq = Atomics.load(this.#current, 0);
    return seq === none ? undefined : { seq, startedAtMs: this.#startedAt[0] ?? 0 };
  }

  /** The task that runs now if it has a memory limit, and whether no other was begun before it. */
  limited():
    | { readonly seq: number; readonly limitBytes: number; readonly isFirst: boolean }
    | undefined {
    const seq = Atomics.load(this.#current, 0);
    const limitBytes = this.#limitBytes[0] ?? 0;
    if (seq === none || limitBytes === 0) return undefined;
    return { seq, limitBytes, isFirst: this.#begun[0] === 1 };
  }

  #claim(seq: number, as: typeof withdrawn | typeof begun): boolean {
    const index = seq % capacity;
    const found = Atomics.load(this.#cells, index);
    // A cell that speaks of this task or a later one was written by the other side.
    if (!isOlder(found >> 1, seq)) return false;
    return Atomics.compareExchange(this.#cells, index, found, entry(seq, as)) === found;
  }
}

function entry(seq: number, state: typeof withdrawn | typeof begun): number {
  return (seq << 1) | state;
}

/** Numbers start again after `seqSpace`: older is what lies less than half of it behind. */
function isOlder(a: number, b: number): boolean {
  const distance = (b - a + seqSpace) % seqSpace;
  return distance > 0 && distance < seqSpace / 2;
}
