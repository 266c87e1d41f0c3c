import { lookup } from "node:dns/promises";
import type { Place } from "../../core/discovery/events.ts";
import { formatIpAddress, parseIpAddress } from "../../wire/ip_address.ts";

/** A host that is asked although nothing was heard of it: by its name or address. */
export type Seed = { readonly host: string; readonly port: number };

/**
 * The places of seeds, whose names may stand for several addresses.
 *
 * @param onProblem Told in one line of a name that has no address.
 */
export async function resolveSeeds(
  seeds: readonly Seed[],
  onProblem: (message: string) => void,
): Promise<Place[]> {
  const places = await Promise.all(seeds.map(async ({ host, port }): Promise<Place[]> => {
    try {
      const found = await lookup(host, { all: true });
      return found.flatMap(({ address }) => {
        const bytes = parseIpAddress(address);
        return bytes === undefined ? [] : [{ address: formatIpAddress(bytes), port }];
      });
    } catch {
      onProblem(`Cannot join ${host}: no address is known for that name`);
      return [];
    }
  }));
  return places.flat();
}
