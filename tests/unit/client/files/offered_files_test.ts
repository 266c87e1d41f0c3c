import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { collectFiles } from "../../../../lib/client/files/collect_files.ts";
import { OfferedFiles } from "../../../../lib/client/files/offered_files.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";
import { TestBed } from "../../../harness/test_bed.ts";

function offer(bed: TestBed): OfferedFiles {
  return new OfferedFiles(() => collectFiles(["a", "b"], bed.folder));
}

describe("OfferedFiles", () => {
  it("tells sizes and hashes, and sends the bytes in parts", async () => {
    await using bed = new TestBed();
    bed.write("a", "");
    bed.write("b", "x".repeat(300_000));
    const files = offer(bed);
    const [a, b] = await files.entries();
    assert.equal(a?.hash, createHash("sha256").digest("hex"));
    assert.equal(b?.size, 300_000);
    const sizes: number[] = [];
    const take = (chunk: Uint8Array): Promise<boolean> => {
      sizes.push(chunk.length);
      return Promise.resolve(true);
    };
    await files.send(0, take);
    await files.send(1, take);
    assert.deepEqual(sizes, [0, 131_072, 131_072, 37_856]);
  });

  it("stops when no more is wanted", async () => {
    await using bed = new TestBed();
    bed.write("a", "");
    bed.write("b", "x".repeat(300_000));
    let count = 0;
    await (offer(bed)).send(1, () => {
      count += 1;
      return Promise.resolve(false);
    });
    assert.equal(count, 1);
  });

  it("refuses to send what has changed since, and what is gone", async () => {
    await using bed = new TestBed();
    bed.write("a", "one");
    bed.write("b", "two");
    const files = offer(bed);
    await files.entries();
    const take = (): Promise<boolean> => Promise.resolve(true);
    bed.write("a", "ONE");
    await assert.rejects(
      files.send(0, take),
      (error) => error instanceof UsageError && /a: it has changed/.test(error.message),
    );
    bed.write("a", "o");
    await assert.rejects(files.send(0, take), UsageError);
    rmSync(`${bed.folder}/b`);
    await assert.rejects(files.send(1, take), UsageError);
  });
});
