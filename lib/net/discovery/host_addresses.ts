import { networkInterfaces } from "node:os";
import { formatIpAddress, parseIpAddress } from "../../wire/ip_address.ts";

/** An address of this host beyond loopback. */
export type HostAddress = {
  /** Name of its interface. */
  readonly link: string;
  readonly family: "ipv4" | "ipv6";
  /** As {@link formatIpAddress} writes it. */
  readonly address: string;
  /** Where all hosts of its network hear, if there is such an address. */
  readonly broadcast: string | undefined;
};

/** This host's addresses beyond loopback. */
export function hostAddresses(): HostAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([link, entries = []]) =>
    entries.filter(({ internal }) => !internal).flatMap(({ address, netmask }) => {
      const bytes = parseIpAddress(address);
      return bytes === undefined ? [] : [hostAddress(link, bytes, parseIpAddress(netmask))];
    })
  );
}

function hostAddress(link: string, bytes: Uint8Array, mask: Uint8Array | undefined): HostAddress {
  const address = formatIpAddress(bytes);
  if (bytes.length !== 4) return { link, family: "ipv6", address, broadcast: undefined };
  return { link, family: "ipv4", address, broadcast: broadcastOf(bytes, mask) };
}

/** The last address of a network; a network of one or two addresses has none. */
function broadcastOf(bytes: Uint8Array, mask: Uint8Array | undefined): string | undefined {
  if (mask?.length !== 4 || (mask[3] ?? 255) >= 254) return undefined;
  return formatIpAddress(bytes.map((byte, index) => byte | (~(mask[index] ?? 255) & 0xff)));
}
