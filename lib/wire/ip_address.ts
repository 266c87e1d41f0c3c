const groupsOfIpv6 = 8;
/** Begins an IPv6 address that stands for an IPv4 one. */
const mappedPrefix = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/**
 * The 4 or 16 bytes of an IP address; undefined for any other text. A zone (`%eth0`) means nothing to other hosts and is
 * left out. IPv4 inside IPv6 comes out as IPv4, so that each address has one form.
 */
export function parseIpAddress(text: string): Uint8Array<ArrayBuffer> | undefined {
  const [address = ""] = text.split("%", 1);
  if (!address.includes(":")) return parseIpv4(address);
  const bytes = parseIpv6(address);
  if (bytes === undefined) return undefined;
  return isMapped(bytes) ? bytes.slice(12) : bytes;
}

/** The text of 4 or 16 bytes: as RFC 5952 has it, without its rule for mixed notation. */
export function formatIpAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from(
    { length: groupsOfIpv6 },
    (_, index) => (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  const { start, length } = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** Whether these 16 bytes stand for an IPv4 address, which has a shorter form. */
export function isMapped(bytes: Uint8Array): boolean {
  return bytes.length === 16 && mappedPrefix.every((byte, index) => bytes[index] === byte);
}

function parseIpv4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const parts = text.split(".");
  const isSound = parts.length === 4 &&
    parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return isSound ? Uint8Array.from(parts, Number) : undefined;
}

function parseIpv6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupBytes);
  if (head === undefined) return undefined;
  if (halves.length === 1) return head.length === 16 ? Uint8Array.from(head) : undefined;
  // "::" stands for one group of zeros at least.
  if (tail === undefined || head.length + tail.length > 14) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of groups joined by colons, of which the last may be an IPv4 address. */
function groupBytes(text: string): number[] | undefined {
  if (text === "") return [];
  const bytes: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    const ipv4 = index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 !== undefined) bytes.push(...ipv4);
    else if (/^[\da-f]{1,4}$/i.test(group)) {
      const value = parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

function longestZeros(groups: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  for (const [index, group] of groups.entries()) {
    if (group !== "0") start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  }
  return best;
}
