import type { DiscoveryPacket } from "../../../lib/wire/discovery_packet.ts";
import type { Crypto } from "../../../lib/wire/crypto.ts";
import { RecordWriter } from "../../../lib/wire/record_writer.ts";
import { framesOf, rising } from "./fixtures.ts";

/** The packet of tests/vectors/discovery.json. */
export const discoveryExample: DiscoveryPacket = {
  kind: "reply",
  cluster: "lab",
  role: "node",
  hostKey: rising(0x20),
  instanceId: rising(0x80, 16),
  sequence: 7,
  port: 7701,
  udpPort: 40_123,
  addresses: ["192.0.2.7", "fe80::1"],
  peers: [{ address: "192.0.2.8", port: 40_124 }, { address: "2001:db8::9", port: 7700 }],
  answers: rising(0xa0, 16),
};

/** When the keys of tests/vectors/long_records.json change. */
export const longRecordRekey = { records: 3, bytes: 1_000_000_000 } as const;

/** What tests/vectors/long_records.json holds, in words. */
export const longRecordContent = [
  "data, 16383 bytes rising from 01: 16384 with the type, sealed with AES-256-GCM",
  "data, 16382 bytes rising from 02, sealed with secretbox",
  "bulkMore, the length 00041eb3 and the first 262123 of 270003 bytes rising from 03",
  "bulkData, the last 7880 bytes of these (first under the next keys)",
  "data, 20000 bytes rising from 04",
  "bye",
] as const;

/** The frames of tests/vectors/long_records.json. */
export function longRecordFrames(crypto: Crypto): Uint8Array[] {
  const writer = new RecordWriter(crypto, rising(7), "aes", longRecordRekey);
  return [
    ...framesOf(writer.message(rising(1, 16_383))),
    ...framesOf(writer.message(rising(2, 16_382))),
    ...framesOf(writer.message(rising(3, 270_003), "bulk")),
    ...framesOf(writer.message(rising(4, 20_000))),
    writer.bye(),
  ];
}

/** The values of tests/vectors/values.json, which together show every form. */
export function valueExamples(): { what: string; value: unknown }[] {
  const shared = { a: 1 };
  const cycle: unknown[] = [1n];
  cycle.push(cycle);
  const memory = rising(0, 16).buffer;
  const error = Object.assign(new RangeError("far", { cause: "wind" }), { code: "E_FAR" });
  Object.defineProperty(error, "stack", { value: "RangeError: far\n    at job.ts:1:1" });
  // deno-lint-ignore no-sparse-arrays
  const holes = [1, , 3];
  return [
    { what: "a plain tree is JSON text", value: [7, { a: "é", b: [null, true] }] },
    { what: "undefined", value: undefined },
    { what: "minus zero", value: -0 },
    { what: "not a number", value: NaN },
    { what: "positive bigint", value: 2n ** 64n },
    { what: "negative bigint", value: -1n },
    { what: "lone surrogate", value: ["\ud800", undefined] },
    { what: "date", value: new Date(1_700_000_000_123) },
    { what: "regular expression", value: /a+/gi },
    { what: "map", value: new Map<unknown, unknown>([["k", 1], [2, null]]) },
    { what: "set", value: new Set([1, "a"]) },
    { what: "object without prototype", value: Object.assign(Object.create(null), { a: 1 }) },
    { what: "array with a hole", value: holes },
    { what: "array with a named property", value: Object.assign([1], { index: 3 }) },
    { what: "array of numbers", value: [NaN, 1, 2, 3, 4, 5, 6, 7] },
    { what: "bytes", value: rising(1, 3) },
    { what: "typed array", value: Int16Array.of(-1, 2) },
    { what: "data view", value: new DataView(rising(1, 3).buffer) },
    { what: "array buffer", value: rising(1, 3).buffer },
    { what: "resizable array buffer", value: new ArrayBuffer(2, { maxByteLength: 8 }) },
    {
      what: "two views of one buffer",
      value: [new Uint8Array(memory, 9, 2), new Uint16Array(memory, 8, 4)],
    },
    { what: "boxed number", value: Object(1.5) },
    { what: "error", value: error },
    { what: "one object twice", value: [shared, shared] },
    { what: "a cycle", value: cycle },
  ];
}
