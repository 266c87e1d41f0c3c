import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FileEntry, FileHash } from "../../../lib/proto/files.ts";
import { limits } from "../../../lib/proto/limits.ts";
import {
  fileItems,
  readChunk,
  readFiles,
  readPlaces,
  readWritten,
} from "../../../lib/wire/file_codec.ts";
import { encodeTuple, MalformedTupleError, TupleReader } from "../../../lib/wire/tuple.ts";

const hash = "0f".repeat(32) as FileHash;
const entry: FileEntry = { path: "data/ä.txt", size: 7, isExecutable: true, hash };

const readerOf = (items: Parameters<typeof encodeTuple>[0]): TupleReader =>
  new TupleReader(encodeTuple(items));

describe("readFiles()", () => {
  it("reads what fileItems() writes", () => {
    assert.deepEqual(readFiles(readerOf([fileItems(entry)])), [entry]);
  });

  it("refuses what is beyond its bounds", () => {
    const refuse = (item: readonly unknown[]): void => {
      const items = [item] as Parameters<typeof encodeTuple>[0];
      assert.throws(() => readFiles(readerOf(items)), MalformedTupleError);
    };
    const [path, size, isExecutable] = fileItems(entry);
    refuse([path, size, isExecutable, "0F".repeat(32)]);
    refuse([path, size, isExecutable, "../".repeat(21) + "a"]);
    refuse([path, size, isExecutable, hash.slice(1)]);
    refuse([path, limits.maxFilesBytes + 1, isExecutable, hash]);
    refuse([path, -1, isExecutable, hash]);
    refuse(["x".repeat(limits.maxFilePathBytes + 1), size, isExecutable, hash]);
    refuse([path, size, 1, hash]);
    refuse([path, size, isExecutable]);
    const many = Array.from({ length: limits.maxFiles + 1 }, () => fileItems(entry));
    assert.throws(() => readFiles(readerOf(many)), MalformedTupleError);
  });
});

describe("readPlaces(), readChunk(), readWritten()", () => {
  it("keep to their bounds", () => {
    assert.deepEqual(readPlaces(readerOf([0, 5])), [0, 5]);
    assert.throws(() => readPlaces(readerOf([limits.maxFiles])), MalformedTupleError);
    const one = new Uint8Array(limits.fileChunkBytes + 1);
    assert.equal(
      readChunk(new TupleReader(encodeTuple([one.subarray(1)]).subarray(1))).length,
      one.length - 1,
    );
    assert.throws(
      () => readChunk(new TupleReader(encodeTuple([one]).subarray(1))),
      MalformedTupleError,
    );
    const written = encodeTuple([limits.fileWindowBytes + 1]).subarray(1);
    assert.throws(() => readWritten(new TupleReader(written)), MalformedTupleError);
  });
});
