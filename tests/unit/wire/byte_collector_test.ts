import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { ByteCollector } from "../../../lib/wire/byte_collector.ts";
import { rising } from "./fixtures.ts";

describe("ByteCollector", () => {
  it("puts chunks together", () => {
    const collector = new ByteCollector(10);
    collector.add(rising(0, 4));
    assert.equal(collector.leftBytes, 6);
    collector.add(rising(4, 6));
    assert.equal(collector.leftBytes, 0);
    assert.deepEqual(collector.bytes, rising(0, 10));
  });

  it("sets memory aside in steps for an announcement that may be wrong", () => {
    const collector = new ByteCollector(2 ** 40, 8);
    for (let chunk = 0; chunk < 5; chunk++) collector.add(rising(chunk * 7, 7));
    assert.deepEqual(collector.bytes, rising(0, 35));
    assert.equal(collector.leftBytes, 2 ** 40 - 35);
    assert.ok(collector.bytes.buffer.byteLength <= 70);
  });
});
