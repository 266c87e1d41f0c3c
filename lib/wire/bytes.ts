const encoder = new TextEncoder();

/** UTF-8 of a text. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** All parts in one. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const part of parts) length += part.length;
  const joined = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

/** Whether every byte is zero, in a time that tells nothing of where one is not. */
export function isAllZero(bytes: Uint8Array): boolean {
  let bits = 0;
  for (const byte of bytes) bits |= byte;
  return bits === 0;
}

/** Less than this is not worth giving back at once, nor keeping other bytes from it. */
const minFreedBytes = 16 * 1024;

/**
 * Gives the memory of bytes back at once, and not when garbage is collected next, if there are many and next to nothing
 * else lies in their buffer. They are gone afterwards. New memory costs several times what it costs to seal what goes
 * into it: what was just given back is used again instead.
 */
export function freeBytes({ buffer, length }: Uint8Array): void {
  const isAlone = length >= minFreedBytes && buffer.byteLength - length < minFreedBytes;
  if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
}
