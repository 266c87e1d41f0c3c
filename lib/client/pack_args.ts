import { UsageError } from "../proto/errors.ts";
import type { Isolation } from "../slots/local_pool.ts";
import type { PackedArgs } from "../slots/types.ts";
import { packValue } from "../wire/value.ts";

/**
 * Takes the arguments of a call as they are now.
 *
 * Shared memory goes by reference, and buffers in `transfer` are moved: within one process as such, to another process
 * by sending their bytes and emptying them here.
 *
 * @throws {TypeError} When an argument cannot travel; the message names its place.
 * @throws {UsageError} When a buffer to be moved is not part of the arguments.
 */
export function packArgs(
  args: readonly unknown[],
  transfer: readonly ArrayBuffer[],
  isolation: Isolation,
): PackedArgs {
  const references: object[] = [];
  const isReference = (value: object): boolean =>
    value instanceof SharedArrayBuffer || transfer.includes(value as ArrayBuffer);
  const byReference = (value: object): number | undefined => {
    if (!isReference(value)) return undefined;
    const known = references.indexOf(value);
    return known >= 0 ? known : references.push(value) - 1;
  };
  if (isolation === "process") {
    const packed = packValue(args);
    // Moving a buffer is a promise to its sender: it is empty afterwards, whatever the way.
    for (const buffer of transfer) structuredClone(buffer, { transfer: [buffer] });
    return { packed };
  }
  const packed = packValue(args, { byReference });
  const stray = transfer.findIndex((buffer) => !references.includes(buffer));
  if (stray >= 0) {
    throw new UsageError(`Cannot move transfer[${stray}]: it is not in the arguments`);
  }
  if (references.length === 0) return { packed };
  return { packed, references, transfer: [...transfer] };
}
