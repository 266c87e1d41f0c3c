import { type Carried, seqSpace, type TaskBatch } from "../proto/executor.ts";
import { MalformedTupleError } from "../wire/tuple.ts";

/** One task of a client, its arguments packed. */
export type ClientTask = {
  readonly seq: number;
  readonly packed: Carried;
  readonly memoryLimitBytes?: number;
};

/**
 * Takes a client's batch apart.
 *
 * @throws {MalformedTupleError} When its text is no batch.
 */
export function splitTasks(batch: TaskBatch): ClientTask[] {
  if (typeof batch !== "string") {
    return batch.args.map((packed, index) => {
      const memoryLimitBytes = batch.memoryLimits?.[index] ?? 0;
      const limit = memoryLimitBytes > 0 ? { memoryLimitBytes } : {};
      return { seq: seqAt(batch.first, index), packed, ...limit };
    });
  }
  const [first, ...args] = parseBatch(batch);
  if (typeof first !== "number" || !Number.isInteger(first) || first < 0 || first >= seqSpace) {
    throw new MalformedTupleError("Cannot read tasks: the batch has no first number");
  }
  return args.map((list, index) => {
    if (!Array.isArray(list)) throw new MalformedTupleError("Cannot read tasks: no arguments");
    return { seq: seqAt(first, index), packed: JSON.stringify(list) };
  });
}

function seqAt(first: number, index: number): number {
  return (first + index) % seqSpace;
}

function parseBatch(text: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed;
  } catch (cause) {
    throw new MalformedTupleError("Cannot read tasks: the batch is not JSON", { cause });
  }
  throw new MalformedTupleError("Cannot read tasks: the batch is no array");
}
