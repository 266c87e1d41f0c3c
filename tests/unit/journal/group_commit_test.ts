import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type CommitBatch, GroupCommit } from "../../../lib/journal/group_commit.ts";
import { limits } from "../../../lib/proto/limits.ts";
import { records } from "./owner.ts";

const textsOf = (batch: CommitBatch | undefined): string[] =>
  (batch?.records ?? []).map((record) => new TextDecoder().decode(record));

describe("GroupCommit", () => {
  it("gathers what comes while a commit is under way into the next", () => {
    const queue = new GroupCommit();
    queue.add(records("a"), false);
    assert.deepEqual(textsOf(queue.next()), ["a"]);
    queue.add(records("b", "c"), false);
    queue.add(records("d"), false);
    assert.deepEqual(textsOf(queue.next()), ["a"], "the same until it is done");
    queue.done();
    assert.deepEqual(textsOf(queue.next()), ["b", "c", "d"]);
    queue.done();
    assert.equal(queue.next(), undefined);
  });

  it("tells in order, and only of what is durable", () => {
    const queue = new GroupCommit();
    const told: string[] = [];
    for (const name of ["a", "b"]) queue.add(records(name), false, () => told.push(name));
    queue.add(records("silent"), false);
    queue.next();
    queue.add(records("c"), false, () => told.push("c"));
    for (const tell of queue.done()) tell();
    assert.deepEqual(told, ["a", "b"]);
  });

  it("counts the bytes that are not durable", () => {
    const queue = new GroupCommit();
    queue.add(records("abc", "d"), false);
    queue.next();
    queue.add(records("ef"), false);
    assert.equal(queue.queuedBytes, 6);
    queue.done();
    assert.equal(queue.queuedBytes, 2);
  });

  it("bounds a batch by bytes and by records, but never parts what was added together", () => {
    const queue = new GroupCommit();
    const large = new Uint8Array(limits.maxCommitBytes / 2);
    queue.add([large, large, large], false);
    queue.add(records("a"), false);
    assert.equal(queue.next()?.records.length, 3);
    queue.done();
    queue.add([large, large], false);
    assert.deepEqual(textsOf(queue.next()), ["a"]);
    queue.done();
    queue.add(Array(limits.maxCommitRecords).fill(new Uint8Array(1)), false);
    assert.equal(queue.next()?.records.length, 2);
    queue.done();
    queue.add(records("b"), false);
    assert.equal(queue.next()?.records.length, limits.maxCommitRecords);
    queue.done();
    assert.deepEqual(textsOf(queue.next()), ["b"]);
  });

  it("keeps a snapshot in batches of its own, also an empty one", () => {
    const queue = new GroupCommit();
    queue.add(records("a"), false);
    queue.add([], true);
    queue.add(records("b"), false);
    const seen = [];
    for (let batch = queue.next(); batch !== undefined; batch = queue.next()) {
      seen.push([batch.isSnapshot, textsOf(batch)]);
      queue.done();
    }
    assert.deepEqual(seen, [[false, ["a"]], [true, []], [false, ["b"]]]);
  });
});
