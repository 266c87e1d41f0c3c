import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CommandTemplate } from "../../../../lib/cli/exec/command_template.ts";
import { type InputRecord, recordOf } from "../../../../lib/cli/exec/input_record.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";

const line = (...words: string[]): InputRecord => ({ words, named: undefined });

function expand(words: readonly string[], record: InputRecord, seq = 7): string[] {
  return new CommandTemplate(words).expand(record, seq, true);
}

describe("CommandTemplate", () => {
  it("takes the parts of a path", () => {
    const parts = ["{}", "{.}", "{/}", "{//}", "{/.}"];
    assert.deepEqual(expand(parts, line("a/b.c.txt")), [
      "a/b.c.txt",
      "a/b.c",
      "b.c.txt",
      "a",
      "b.c",
    ]);
    assert.deepEqual(expand(parts, line("x")), ["x", "x", "x", ".", "x"]);
    assert.deepEqual(expand(parts, line("/x.d/y")), ["/x.d/y", "/x.d/y", "y", "/x.d", "y"]);
    assert.deepEqual(expand(parts, line("/x")), ["/x", "/x", "x", "/", "x"]);
    assert.deepEqual(expand(parts, line("d/.rc")), ["d/.rc", "d/.rc", ".rc", "d", ".rc"]);
  });

  it("puts the input last where there is no placeholder, each column as a word", () => {
    assert.deepEqual(expand(["echo"], line("a b")), ["echo", "a b"]);
    assert.deepEqual(expand(["echo"], line("a", "b")), ["echo", "a", "b"]);
    assert.deepEqual(expand(["echo", "{#}"], line("a")), ["echo", "7"]);
    assert.deepEqual(new CommandTemplate(["cat"]).expand(line("a"), 1, false), ["cat"]);
  });

  it("replaces several in one word, and several words by themselves", () => {
    assert.deepEqual(expand(["{1}-{2.}-{#}"], line("a", "b.c")), ["a-b-7"]);
    assert.deepEqual(expand(["{}", "x{}y"], line("a", "b")), ["a", "b", "xa by"]);
  });

  it("leaves a word alone that came from an input", () => {
    assert.deepEqual(expand(["echo", "{}"], line("{1} $HOME 'x' \n")), [
      "echo",
      "{1} $HOME 'x' \n",
    ]);
  });

  it("takes columns by name where inputs have names", () => {
    const record = recordOf({ name: "Ann Lee", "e mail": "a@b", n: 3 }, undefined);
    assert.deepEqual(expand(["{name}", "{e mail}", "{2}", "{n}"], record), [
      "Ann Lee",
      "a@b",
      "a@b",
      "3",
    ]);
    assert.throws(
      () => expand(["{nmae}"], record),
      (error) =>
        error instanceof UsageError && /its columns are name, e mail, n/.test(error.message),
    );
  });

  it("leaves braces alone that are no placeholders", () => {
    assert.deepEqual(expand(["awk", "{print $1}", "{}"], line("f")), ["awk", "{print $1}", "f"]);
    assert.deepEqual(expand(["awk", "{print}"], line("f")), ["awk", "{print}", "f"]);
    const record = recordOf({ name: "x" }, undefined);
    assert.deepEqual(expand(["awk", "{print $1}"], record), ["awk", "{print $1}", "x"]);
  });

  it("refuses a column that is not there, and the number of a slot", () => {
    assert.throws(() => expand(["{2}"], line("a")), UsageError);
    assert.throws(() => new CommandTemplate(["{%}"]), UsageError);
  });

  it("quotes what comes from the input for a shell, and nothing else", () => {
    const template = new CommandTemplate(["sort {} | uniq >", "{.}.txt"]);
    assert.equal(
      template.expandForShell(line("it's $x.csv"), 1, true),
      "sort 'it'\\''s $x.csv' | uniq > 'it'\\''s $x'.txt",
    );
    assert.equal(
      new CommandTemplate(["echo"]).expandForShell(line("a", ";"), 1, true),
      "echo a ';'",
    );
  });
});
