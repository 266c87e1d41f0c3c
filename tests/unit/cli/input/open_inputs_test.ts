import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { InputFormat } from "../../../../lib/cli/input/format.ts";
import { openInputs } from "../../../../lib/cli/input/open_inputs.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";
import { inTempFolder } from "../temp_folder.ts";

/** The bytes of `text` as a stream of pieces of `size`. */
async function* pieces(text: string | Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type ReadOptions = { pieceBytes?: number; maxLineBytes?: number };

async function read(
  text: string | Uint8Array,
  format: InputFormat,
  { pieceBytes = 1e9, maxLineBytes = 1e6 }: ReadOptions = {},
): Promise<unknown[]> {
  const values: unknown[] = [];
  const stream = pieces(text, pieceBytes);
  for await (
    const value of await openInputs({ kind: "stream", stream, name: "in" }, {
      format,
      maxLineBytes,
    })
  ) values.push(value);
  return values;
}

/** Reads whole and in pieces of 1 to 5 bytes, which must make no difference. */
async function readAnyhow(text: string, format: InputFormat): Promise<unknown[]> {
  const whole = await read(text, format);
  for (const pieceBytes of [1, 2, 3, 5]) {
    assert.deepEqual(await read(text, format, { pieceBytes }), whole, `pieces of ${pieceBytes}`);
  }
  return whole;
}

function refusal(message: string | RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof UsageError, String(error));
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  };
}

describe("lines", () => {
  it("become strings, with or without a last line end, whatever the line ends", async () => {
    assert.deepEqual(await readAnyhow("a\nb\n", "lines"), ["a", "b"]);
    assert.deepEqual(await readAnyhow("a\r\nbé€😀\r\nc", "lines"), ["a", "bé€😀", "c"]);
  });

  it("stay when empty, so that the n-th result belongs to the n-th line", async () => {
    assert.deepEqual(await readAnyhow("\na\n\n\r\nb\n\n", "lines"), ["", "a", "", "", "b", ""]);
    assert.deepEqual(await readAnyhow("", "lines"), []);
  });

  it("lose a byte order mark at the start and only there", async () => {
    assert.deepEqual(await readAnyhow("\ufeffa\n\ufeffb\n", "lines"), ["a", "\ufeffb"]);
  });

  it("are refused when too long, naming the line", async () => {
    const long = `ok\n${"x".repeat(11)}\nok\n`;
    const message = "Cannot read inputs: in:2: the line is longer than 10 bytes";
    for (const pieceBytes of [1, 4, 100]) {
      await assert.rejects(read(long, "lines", { pieceBytes, maxLineBytes: 10 }), refusal(message));
      const fits = `${"x".repeat(10)}\r\n${"é".repeat(5)}\n`;
      assert.equal((await read(fits, "lines", { pieceBytes, maxLineBytes: 10 })).length, 2);
    }
  });

  it("are refused when an endless one never ends", async () => {
    await assert.rejects(
      read("x".repeat(100), "lines", { pieceBytes: 7, maxLineBytes: 10 }),
      refusal(/longer than 10 bytes/),
    );
  });

  it("are refused when not UTF-8, naming the line, and UTF-16 is recognised", async () => {
    const latin = new Uint8Array([0x61, 0x0a, 0x62, 0x0a, 0xe9, 0x0a, 0x63, 0x0a]);
    await assert.rejects(
      read(latin, "lines"),
      refusal("Cannot read inputs: in:3: the text is not UTF-8"),
    );
    await assert.rejects(read(latin, "lines", { pieceBytes: 3 }), refusal(/in:3: /));
    const utf16 = new Uint8Array([0xff, 0xfe, 0x61, 0, 0x0a, 0]);
    await assert.rejects(read(utf16, "lines"), refusal(/in:1: .*UTF-16/));
  });
});

describe("ndjson", () => {
  it("is one value a line, blank lines passed over", async () => {
    assert.deepEqual(await readAnyhow('\ufeff1\r\n\n"é"\n  \n{"a":[null]}', "ndjson"), [
      1,
      "é",
      { a: [null] },
    ]);
  });

  it("is refused with line and column", async () => {
    await assert.rejects(
      read('{"a":1}\n\n{"é":nope}\n', "ndjson", { pieceBytes: 3 }),
      refusal('Cannot read inputs: in:3:7: it is not JSON: unexpected "o"'),
    );
    await assert.rejects(
      read("[1,\n2]\n", "ndjson"),
      refusal("Cannot read inputs: in:1:4: it is not JSON: it ends too early"),
    );
    await assert.rejects(read("1 2\n", "ndjson"), refusal(/in:1:3: .*unexpected "2"/));
  });

  it("takes the prototype's name as the key it is", async () => {
    const [value] = await read('{"__proto__":1}', "ndjson");
    assert.deepEqual(Object.keys(value as object), ["__proto__"]);
  });
});

describe("json", () => {
  it("gives the elements of an array", async () => {
    const text = '\ufeff [1, "é😀\\u00e9\\ud83d\\ude00", {"a": [true, null]},\n -1.5e3, [], {}] \n';
    assert.deepEqual(await readAnyhow(text, "json"), JSON.parse(text.slice(1)));
    assert.deepEqual(await readAnyhow("[]", "json"), []);
  });

  it("is refused where it goes wrong, with line and column", async () => {
    for (const pieceBytes of [1, 100]) {
      const refuse = (text: string, message: string | RegExp) =>
        assert.rejects(read(text, "json", { pieceBytes }), refusal(message));
      await refuse('[1,\n {"é": "😀" x}]', 'Cannot read inputs: in:2:12: unexpected "x"');
      await refuse("[1,\n2", "Cannot read inputs: in:2:2: it ends too early");
      await refuse("[1]\n, 2", 'Cannot read inputs: in:2:1: unexpected ","');
      await refuse("\ufeff[1,\n,2]", 'Cannot read inputs: in:2:1: unexpected ","');
      await refuse(" \n", "Cannot read inputs: in:2:1: it is empty");
      await refuse('{"a":[1]}', /in:1:1: a JSON array was expected .*found "{"/);
    }
  });

  it("is refused when an element never ends", async () => {
    await assert.rejects(
      read(`[1,"${"x".repeat(200)}"]`, "json", { pieceBytes: 10, maxLineBytes: 50 }),
      refusal(/in:1:\d+: an element is longer than 50 bytes/),
    );
  });

  it("is refused when not UTF-8", async () => {
    for (const pieceBytes of [1, 100]) {
      for (const bytes of [[0x5b, 0x22, 0xe9, 0x22, 0x5d], [0x5b, 0x5d, 0xe9]]) {
        await assert.rejects(
          read(new Uint8Array(bytes), "json", { pieceBytes }),
          refusal(/in:1: .*not UTF-8|in:1:3: /),
        );
      }
    }
  });
});

describe("csv", () => {
  it("gives objects of strings, named by the header", async () => {
    const text = '\ufeffid,name\r\n1,"a ""b"", c"\r\n\r\n02,"two\nlines"\r\n3,';
    assert.deepEqual((await readAnyhow(text, "csv")).map((row) => ({ ...row as object })), [
      { id: "1", name: 'a "b", c' },
      { id: "02", name: "two\nlines" },
      { id: "3", name: "" },
    ]);
    assert.deepEqual(await readAnyhow("id,name\n", "csv"), []);
    assert.deepEqual(await readAnyhow("", "csv"), []);
  });

  it("has tabs between its fields as tsv", async () => {
    assert.deepEqual((await read("a\tb\n1,5\tx y\n", "tsv")).map((row) => ({ ...row as object })), [
      { a: "1,5", b: "x y" },
    ]);
  });

  it("is refused for a ragged row, naming the line", async () => {
    await assert.rejects(
      read("a,b\n1,2\n3\n", "csv", { pieceBytes: 4 }),
      refusal("Cannot read inputs: in:3: the row has 1 fields, the header 2"),
    );
    await assert.rejects(read("a,b\n1,2,3\n", "csv"), refusal(/in:2: the row has 3 fields/));
  });

  it("is refused for misplaced quotes, a quote that never closes and rows too long", async () => {
    await assert.rejects(read('a\nx"y"\n', "csv"), refusal(/^Cannot read inputs: in:2: .*quote/i));
    await assert.rejects(read('a\n1\n"open\n2\n', "csv"), refusal(/in:\d+: .*quote/i));
    await assert.rejects(
      read(`a\n${"x".repeat(100)}\n`, "csv", { maxLineBytes: 20 }),
      refusal(/in:\d+: /),
    );
  });

  it("is refused for a header that would lose a column", async () => {
    await assert.rejects(read("a,a\n1,2\n", "csv"), refusal(/in:1: .*"a", twice/));
    await assert.rejects(read("a,\n1,2\n", "csv"), refusal(/in:1: /));
    await assert.rejects(read("a,__proto__\n1,2\n", "csv"), refusal(/__proto__/));
  });

  it("is refused when not UTF-8, even across pieces", async () => {
    const bytes = new Uint8Array([0x61, 0x0a, 0x31, 0x0a, 0xe9, 0x31, 0x0a]);
    for (const pieceBytes of [1, 100]) {
      await assert.rejects(read(bytes, "csv", { pieceBytes }), refusal(/not UTF-8/));
    }
  });
});

describe("arguments", () => {
  const open = (values: string[], format?: InputFormat) =>
    openInputs({ kind: "arguments", values }, format === undefined ? {} : { format });

  it("are strings, even those that look like numbers", async () => {
    const inputs = await open(["1", "", "a b"]);
    assert.equal(inputs.total, 3);
    assert.deepEqual(await Array.fromAsync(inputs), ["1", "", "a b"]);
  });

  it("are JSON when the format says so", async () => {
    assert.deepEqual(await Array.fromAsync(await open(["1", '{"a":2}'], "json")), [1, { a: 2 }]);
    await assert.rejects(
      open(["1", "{a}"], "ndjson"),
      refusal('Cannot read inputs: argument 2, column 2: it is not JSON: unexpected "a"'),
    );
  });

  it("are never CSV", async () => {
    await assert.rejects(open(["a,b"], "csv"), refusal(/Cannot read arguments as csv/));
  });
});

describe("a file", () => {
  it("is read in the format of its extension, unless told otherwise", () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "in.NDJSON");
      await writeFile(path, "1\n2\n");
      assert.deepEqual(await Array.fromAsync(await openInputs({ kind: "file", path })), [1, 2]);
      assert.deepEqual(
        await Array.fromAsync(await openInputs({ kind: "file", path }, { format: "lines" })),
        ["1", "2"],
      );
    }));

  it("is refused before anything is read when it is missing or a folder", () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "none.csv");
      await assert.rejects(
        openInputs({ kind: "file", path }),
        refusal(`Cannot read inputs from ${path}: no such file`),
      );
      await assert.rejects(openInputs({ kind: "file", path: folder }), refusal(/it is a folder/));
    }));

  it("of many chunks gives every line once and in order, one by one and in batches", () =>
    inTempFolder(async (folder) => {
      const path = join(folder, "many.txt");
      const count = 200_000;
      await writeFile(path, Array.from({ length: count }, (_, index) => `${index}\n`).join(""));
      let expected = 0;
      for await (const line of await openInputs({ kind: "file", path })) {
        assert.equal(line, String(expected++));
      }
      assert.equal(expected, count);
      let seen = 0;
      for await (const batch of (await openInputs({ kind: "file", path })).batches) {
        assert.equal(batch[0], String(seen));
        seen += batch.length;
      }
      assert.equal(seen, count);
    }));
});

describe("a stream", () => {
  it("is read as lines when no format is given", async () => {
    const inputs = await openInputs({ kind: "stream", stream: pieces("1\n", 9), name: "in" });
    assert.equal(inputs.total, undefined);
    assert.deepEqual(await Array.fromAsync(inputs), ["1"]);
  });

  it("is let go of at once when the reader leaves, though a read is pending", async () => {
    const { promise: silence, resolve } = Promise.withResolvers<void>();
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("a\n[");
      await silence;
    }
    for (const format of ["lines", "ndjson", "json", "csv"] as const) {
      const inputs = await openInputs({ kind: "stream", stream: stream(), name: "in" }, { format });
      const iterator = inputs[Symbol.asyncIterator]();
      if (format === "lines") assert.deepEqual(await iterator.next(), { done: false, value: "a" });
      // The second line never comes.
      const pending = format === "ndjson" || format === "json"
        ? iterator.next().catch(() => ({ done: true, value: undefined }))
        : iterator.next();
      await iterator.return?.();
      assert.deepEqual(await pending, { done: true, value: undefined });
    }
    resolve();
  });

  it("is read no further than its consumer asks", async () => {
    let produced = 0;
    async function* stream(): AsyncGenerator<Uint8Array> {
      for (;;) {
        produced += 1;
        yield new TextEncoder().encode(`${produced}\n`.repeat(10));
      }
    }
    for (const format of ["lines", "ndjson"] as const) {
      produced = 0;
      const inputs = await openInputs({ kind: "stream", stream: stream(), name: "in" }, { format });
      let taken = 0;
      for await (const _ of inputs) if (++taken === 25) break;
      assert.ok(produced <= 4, `${format}: ${produced} chunks for 25 lines`);
    }
  });

  it("gives each value once to consumers that ask before they are answered", async () => {
    const inputs = await openInputs({
      kind: "stream",
      stream: pieces("a\nb\nc\nd\n", 4),
      name: "in",
    });
    const iterator = inputs[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 6 }, () => iterator.next()));
    assert.deepEqual(results.map(({ value }) => value), ["a", "b", "c", "d", undefined, undefined]);
  });

  it("that fails is an error that names it", async () => {
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array([0x61, 0x0a]);
      throw new Error("the pipe burst");
    }
    for (const format of ["lines", "csv"] as const) {
      await assert.rejects(
        Array.fromAsync(
          await openInputs({ kind: "stream", stream: stream(), name: "in" }, { format }),
        ),
        refusal("Cannot read inputs from in: the pipe burst"),
      );
    }
  });
});
