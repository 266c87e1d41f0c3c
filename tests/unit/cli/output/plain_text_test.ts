import assert from "node:assert/strict";
import { test } from "node:test";
import { paintFor, plain } from "../../../../lib/cli/output/color.ts";
import {
  formatDuration,
  formatRate,
  groupDigits,
  oneLine,
  shorten,
  stripControls,
} from "../../../../lib/cli/output/plain_text.ts";

test("stripControls() leaves nothing that acts on a terminal", () => {
  const attacks = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;AAAA\x1b\\",
    "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\",
    "\x9b2J\x90q\x9c",
    "back\b\b\rover\x7f\0",
    "\u202egnp.exe\u2066",
    "\x1b\x1b[[31mm",
  ];
  for (const attack of attacks) {
    const text = stripControls(attack);
    assert.doesNotMatch(text, /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u, JSON.stringify(text));
  }
  assert.equal(stripControls("\x1b[1mé\x1b[0m\tb\n😀"), "é\tb\n😀");
});

test("shorten() and oneLine() keep to their length and cut no character in two", () => {
  assert.equal(shorten("abc", 3), "abc");
  assert.equal(shorten("abcd", 3), "ab…");
  assert.equal(shorten("a😀cd", 3), "a…");
  assert.equal(oneLine(" a\n\tb\x1b[31m c ", 20), "a b c");
  assert.equal(oneLine("x".repeat(1_000_000), 10).length, 10);
});

test("numbers, rates and durations read well", () => {
  assert.deepEqual([0, 999, 1000, 1234567].map(groupDigits), ["0", "999", "1,000", "1,234,567"]);
  assert.deepEqual([0.054, 8.134, 81.34, 1234.5].map(formatRate), [
    "0.05",
    "8.13",
    "81.3",
    "1,235",
  ]);
  assert.deepEqual([0, 12_345, 59_960, 125_000, 12_000_000].map(formatDuration), [
    "0.0 s",
    "12.3 s",
    "1 min 0 s",
    "2 min 5 s",
    "3 h 20 min",
  ]);
});

test("paintFor() colours on a terminal, unless NO_COLOR or a dumb one says otherwise", () => {
  assert.equal(paintFor({ isTTY: true }, {})("red", "x"), "\x1b[31mx\x1b[39m");
  assert.equal(paintFor({ isTTY: true }, { NO_COLOR: "" })("red", "x"), "\x1b[31mx\x1b[39m");
  assert.equal(paintFor({ isTTY: true }, { NO_COLOR: "1" }), plain);
  assert.equal(paintFor({ isTTY: true }, { TERM: "dumb" }), plain);
  assert.equal(paintFor({}, {})("red", "x"), "x");
});
