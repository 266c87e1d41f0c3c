import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { quoteWord } from "../../../../lib/cli/exec/quote_word.ts";

describe("quoteWord()", () => {
  it("gives what a shell reads back as the same word", () => {
    const words = [
      "",
      "a b",
      "it's",
      "$HOME",
      "`x`",
      '"',
      "\\",
      "a\nb",
      "*",
      "~",
      "-n",
      "é",
      "{a,b}",
    ];
    const script = words.map((word) => `printf '%s\\0' ${quoteWord(word)}`).join("\n");
    const { stdout } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
    assert.deepEqual(stdout.split("\0").slice(0, -1), words);
  });

  it("leaves plain words as they are", () => {
    assert.equal(quoteWord("./a-b_c.txt"), "./a-b_c.txt");
  });
});
