import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeEndsRecord, encodeEndsRecord, ownerKind } from "../../../lib/wire/ends_record.ts";
import { encodeFromNode } from "../../../lib/wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { endsRecords } from "./ends_examples.ts";

describe("records of ends", () => {
  it("are read as they were written", () => {
    for (const record of endsRecords) {
      assert.deepEqual(decodeEndsRecord(encodeEndsRecord(record)), record);
    }
  });

  it("are nothing else", () => {
    const others = [
      new Uint8Array(0),
      Uint8Array.of(ownerKind),
      encodeFromNode({ type: "draining" }),
    ];
    for (const bytes of others) assert.throws(() => decodeEndsRecord(bytes), MalformedTupleError);
  });
});
