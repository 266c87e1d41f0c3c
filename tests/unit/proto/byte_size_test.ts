import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatByteSize, parseByteSize } from "../../../lib/proto/byte_size.ts";

describe("parseByteSize()", () => {
  it("reads sizes as people write them", () => {
    const sizes = {
      "512MB": 512e6,
      "512 mb": 512e6,
      "1.5GiB": 1.5 * 1024 ** 3,
      "100kB": 100_000,
      "7": 7,
      "7B": 7,
    };
    for (const [text, bytes] of Object.entries(sizes)) {
      assert.equal(parseByteSize(text), bytes, text);
    }
  });

  it("refuses what is none", () => {
    for (const text of ["", "MB", "-1MB", "1 XB", "1M", "0", "1e3", "9999999TB", "NaN"]) {
      assert.equal(parseByteSize(text), undefined, text);
    }
  });
});

describe("formatByteSize()", () => {
  it("takes the unit that makes the shortest text", () => {
    const texts = [512e6, 512 * 1024 ** 2, 1.5e9, 64 * 1024, 999].map(formatByteSize);
    assert.deepEqual(texts, ["512 MB", "512 MiB", "1.5 GB", "64 KiB", "999 B"]);
  });
});
