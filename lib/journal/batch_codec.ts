import { crc32 } from "node:zlib";

/** Bytes before each record: its length. */
const lengthBytes = 4;

/** All records in one piece. */
export function packRecords(records: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const record of records) length += lengthBytes + record.length;
  const body = new Uint8Array(length);
  const view = new DataView(body.buffer);
  let offset = 0;
  for (const record of records) {
    view.setUint32(offset, record.length, true);
    body.set(record, offset + lengthBytes);
    offset += lengthBytes + record.length;
  }
  return body;
}

/** The records of one piece, as views of it; undefined if it is none that {@link packRecords} makes. */
export function unpackRecords(body: Uint8Array): Uint8Array[] | undefined {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const records: Uint8Array[] = [];
  let offset = 0;
  while (offset < body.length) {
    if (offset + lengthBytes > body.length) return undefined;
    const end = offset + lengthBytes + view.getUint32(offset, true);
    if (end > body.length) return undefined;
    records.push(body.subarray(offset + lengthBytes, end));
    offset = end;
  }
  return records;
}

/** CRC-32 of a batch and of its place, so that a batch in another's place shows too. */
export function checksumBatch(seq: number, kind: number, body: Uint8Array): number {
  return crc32(body, checksumNumbers(seq, kind));
}

/** CRC-32 of whole numbers. */
export function checksumNumbers(...numbers: readonly number[]): number {
  return crc32(new Uint8Array(Float64Array.from(numbers).buffer));
}
