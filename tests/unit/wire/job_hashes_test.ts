import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BatchReader, BatchWriter } from "../../../lib/wire/batch.ts";
import { addHashes, hashOf, readDigests } from "../../../lib/wire/job_hashes.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";

describe("digests of jobs", () => {
  it("are left out where they are the arguments that travel beside them", () => {
    const hashes = ["=[1]", "=[2]", "abc", "=[4]"];
    const args = ["[1]", "[3]", "[1]", undefined];
    const batch = new BatchWriter();
    addHashes(batch, hashes.map((hash) => ({ hash })), args);
    const body = batch.finish(0).subarray(1);
    assert.equal(new TextDecoder().decode(body.subarray(4)), '[[null,"=[2]","abc","=[4]"]]');
    const digests = readDigests(new BatchReader(body, 1), 4);
    assert.deepEqual(digests.map((digest, index) => hashOf(digest, args[index])), hashes);
  });

  it("are refused when they are left out and no arguments stand for them", () => {
    assert.throws(() => hashOf(undefined, undefined), MalformedTupleError);
    assert.throws(() => hashOf(undefined, new Uint8Array(1)), MalformedTupleError);
    assert.throws(() => hashOf(undefined, "x".repeat(128)), MalformedTupleError);
  });
});
