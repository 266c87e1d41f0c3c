const newline = 0x0a;

/** Puts a tag and a tab before each line. */
export function tagLines(bytes: Uint8Array, tag: string): Uint8Array {
  const prefix = Buffer.from(`${tag}\t`);
  const parts: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(newline, start) + 1 || bytes.length;
    parts.push(prefix, bytes.subarray(start, end));
    start = end;
  }
  return Buffer.concat(parts);
}
