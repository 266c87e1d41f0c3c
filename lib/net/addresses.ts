import { isIP, isIPv6 } from "node:net";

/** `host:port`, with brackets around an IPv6 address. */
export function formatAddress(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** An address as people write it: IPv4 inside IPv6 comes out as IPv4, a zone is kept. */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped?.[1] ?? address;
}

/** Whether nothing but this machine can reach a host: addresses of loopback, and `localhost`. */
export function isLoopback(host: string): boolean {
  const plain = plainAddress(host.replace(/^\[(.*)\]$/, "$1"));
  if (isIP(plain) === 4) return plain.startsWith("127.");
  return plain === "::1" || plain.toLowerCase() === "localhost";
}

/** What bounds count as one address: the network of 64 bits for IPv6, in which a host may take any. */
export function addressGroup(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = "", tail] = plain.split("%", 1).join("").split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = new Array<string>(Math.max(0, 8 - before.length - after.length)).fill("0");
  const groups = tail === undefined ? before : [...before, ...zeros, ...after];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":");
}

/** A text of somebody else, safe on a terminal: control characters, and those that turn writing around, as `?`. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, "?");
}
