import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LineTagger } from "../../../../lib/cli/exec/line_tagger.ts";

function tag(...pieces: string[]): string {
  const tagger = new LineTagger("t");
  return pieces.map((piece) => new TextDecoder().decode(tagger.tag(Buffer.from(piece)))).join("|");
}

describe("LineTagger", () => {
  it("begins each line with the tag, also one without an end", () => {
    assert.equal(tag("a\n\nb"), "t\ta\nt\t\nt\tb");
    assert.equal(tag(""), "");
  });

  it("does so once for a line that comes in pieces", () => {
    assert.equal(tag("a", "b\n", "c", "", "\nd"), "t\ta|b\n|t\tc||\nt\td");
  });

  it("leaves bytes alone that are no text", () => {
    const bytes = new LineTagger("t").tag(Uint8Array.of(0xff, 0x0a, 0x00));
    assert.deepEqual([...bytes], [0x74, 0x09, 0xff, 0x0a, 0x74, 0x09, 0x00]);
  });
});
