import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tagLines } from "../../../../lib/cli/exec/tag_lines.ts";

const tag = (text: string): string => new TextDecoder().decode(tagLines(Buffer.from(text), "t"));

describe("tagLines()", () => {
  it("begins each line with the tag, also one without an end", () => {
    assert.equal(tag("a\n\nb"), "t\ta\nt\t\nt\tb");
    assert.equal(tag(""), "");
  });

  it("leaves bytes alone that are no text", () => {
    const bytes = tagLines(Uint8Array.of(0xff, 0x0a, 0x00), "t");
    assert.deepEqual([...bytes], [0x74, 0x09, 0xff, 0x0a, 0x74, 0x09, 0x00]);
  });
});
