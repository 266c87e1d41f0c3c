/** What one computation asks of a node's slots. */
export type Demand = {
  /** Leases that have not ended. */
  readonly leases: number;
};

/**
 * Divides slots among computations: each gets the same, none more than it has leases, and what is left goes to those
 * that can use more. With fewer slots than computations the first ones get one each.
 *
 * @param demands In the order in which they are served.
 * @param slots How many there are.
 * @returns How many slots each gets.
 */
export function shareSlots(demands: readonly Demand[], slots: number): number[] {
  const shares = demands.map(() => 0);
  let left = slots;
  let unmet = demands.length;
  while (left > 0 && unmet > 0) {
    unmet = 0;
    for (const [index, { leases }] of demands.entries()) {
      const share = shares[index] ?? 0;
      if (left === 0 || share >= leases) continue;
      shares[index] = share + 1;
      left -= 1;
      unmet += 1;
    }
  }
  return shares;
}
