import { UsageError } from "../proto/errors.ts";
import type { Isolation } from "../slots/local_pool.ts";
import type { PackedArgs } from "../slots/types.ts";
import { packValue } from "../wire/value.ts";

/** How arguments are taken. */
export type PackArgsOptions = {
  readonly isolation: Isolation;
  /** Buffers that their owner gives up. */
  readonly transfer: readonly ArrayBuffer[];
  /** Whether the job may run again, and must be given the same then. */
  readonly mayRunAgain: boolean;
};

/**
 * Takes the arguments of a call as they are now.
 *
 * Shared memory goes by reference to a Worker. Buffers in `transfer` are empty afterwards: they are moved into the
 * Worker, unless the job may have to be given them a second time; to a process their bytes are sent.
 *
 * @throws {TypeError} When an argument cannot travel; the message names its place.
 * @throws {UsageError} When a buffer to be moved is not part of the arguments.
 */
export function packArgs(args: readonly unknown[], options: PackArgsOptions): PackedArgs {
  const { isolation } = options;
  const transfer = new Set(options.transfer);
  checkMovable(transfer);
  const seen = new Set<unknown>();
  const references: object[] = [];
  const byReference = (value: object): number | undefined => {
    seen.add(value);
    const travels = value instanceof SharedArrayBuffer || transfer.has(value as ArrayBuffer);
    if (isolation === "process" || !travels) return undefined;
    const known = references.indexOf(value);
    return known >= 0 ? known : references.push(value) - 1;
  };
  const packed = packValue(args, { byReference });
  const stray = [...transfer].findIndex((buffer) => !seen.has(buffer));
  if (stray >= 0) {
    throw new UsageError(`Cannot move transfer[${stray}]: it is not in the arguments`);
  }
  const moved = new Map<object, ArrayBuffer>();
  for (const buffer of transfer) moved.set(buffer, structuredClone(buffer, { transfer: [buffer] }));
  if (references.length === 0) return { packed };
  const owned = references.map((value) => moved.get(value) ?? value);
  if (moved.size === 0 || options.mayRunAgain) return { packed, references: owned };
  return { packed, references: owned, transfer: [...moved.values()] };
}

function checkMovable(transfer: ReadonlySet<unknown>): void {
  let index = 0;
  for (const buffer of transfer) {
    const problem = !(buffer instanceof ArrayBuffer)
      ? "it is no ArrayBuffer"
      : buffer.detached
      ? "it was moved before"
      : undefined;
    if (problem !== undefined) throw new UsageError(`Cannot move transfer[${index}]: ${problem}`);
    index += 1;
  }
}
