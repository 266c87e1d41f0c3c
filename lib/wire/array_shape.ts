import { inspect } from "node:util";

/** Above this length listing all keys (one string an index) costs more than asking `inspect`. */
const maxListedItems = 256;

const outline = { maxArrayLength: 0, customInspect: false, depth: 0 } as const;

/**
 * Whether an array without holes carries own enumerable properties beside its items, as the result of
 * `"…".match(/…/)` does: structured clone keeps them, JSON and CBOR arrays would drop them.
 */
export function hasNamedProperties(items: readonly unknown[]): boolean {
  const { length } = items;
  // `inspect` sees the names without listing the indices: constant time instead of 0.5 µs an item.
  if (
    length > maxListedItems && inspect(items, outline) === `[ ... ${length} more items ]`
  ) return false;
  return Object.keys(items).length !== length;
}
