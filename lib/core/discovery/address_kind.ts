/** Addresses here are in the one form in which packets give them: IPv4 with dots, IPv6 short and in lower case. */

/** Whether only its own host reaches an address. */
export function isLoopbackAddress(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/**
 * Whether an address is one of a network that the internet does not reach: RFC 1918, RFC 3927 and RFC 4193. Addresses
 * of one IPv6 link (fe80::/10) are not among them: without the name of an interface they mean nothing.
 */
export function isPrivateAddress(address: string): boolean {
  if (address.includes(":")) return /^f[cd][\da-f]{2}:/.test(address);
  return /^(?:10\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(address);
}

/** Whether an address is one of a single host on a network, which is what can be dialled. */
export function isHostAddress(address: string): boolean {
  if (isLoopbackAddress(address)) return false;
  if (address.includes(":")) return address !== "::" && !/^(?:ff|fe[89ab])[\da-f]*:/.test(address);
  const first = Number(address.split(".", 1)[0]);
  // 0 is "this network"; 224 and above are groups, reserved, and the broadcast address.
  return first > 0 && first < 224;
}
