import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seqSpace } from "../../../lib/proto/executor.ts";
import { Claims } from "../../../lib/runtime/claims.ts";

describe("Claims", () => {
  it("gives a task to whoever comes first, and to nobody else", () => {
    const host = new Claims();
    const runner = new Claims(host.buffer);
    assert.equal(runner.begin(0, 1), true);
    assert.equal(host.withdraw(0), false);
    assert.equal(host.withdraw(1), true);
    assert.equal(runner.begin(1, 2), false);
    assert.equal(host.withdraw(1), false);
    assert.equal(runner.begin(0, 3), false);
  });

  it("tells what runs and since when", () => {
    const host = new Claims();
    const runner = new Claims(host.buffer);
    assert.equal(host.running(), undefined);
    runner.begin(7, 1234.5);
    assert.deepEqual(host.running(), { seq: 7, startedAtMs: 1234.5 });
    runner.idle();
    assert.equal(host.running(), undefined);
  });

  it("tells what runs under a memory limit, and whether it is the first of its process", () => {
    const host = new Claims();
    const runner = new Claims(host.buffer);
    assert.equal(host.limited(), undefined);
    runner.begin(3, 1, 2 ** 40);
    assert.deepEqual(host.limited(), { seq: 3, limitBytes: 2 ** 40, isFirst: true });
    runner.begin(4, 1, 6);
    assert.deepEqual(host.limited(), { seq: 4, limitBytes: 6, isFirst: false });
    runner.begin(5, 1);
    assert.equal(host.limited(), undefined);
  });

  it("tells a task from the one that had its cell before", () => {
    const claims = new Claims();
    for (const seq of [3, 3 + Claims.capacity, 3 + 2 * Claims.capacity]) {
      assert.equal(claims.withdraw(seq), true, `${seq} is new`);
      assert.equal(claims.begin(seq, 0), false, `${seq} was taken back`);
      const earlier = seq - Claims.capacity;
      if (earlier >= 0) assert.equal(claims.begin(earlier, 0), false, `${earlier} is over`);
    }
  });

  it("goes on when the numbers start again", () => {
    const used = new Claims();
    assert.equal(used.begin(seqSpace - Claims.capacity, 0), false, "nobody begins there");
    for (let seq = 0; seq < seqSpace; seq += Claims.capacity * 1000) used.begin(seq, 0);
    const last = seqSpace - Claims.capacity;
    assert.equal(used.begin(last, 0), true);
    assert.equal(used.withdraw(last), false);
    assert.equal(used.begin(0, 0), true, "0 comes after the last number");
    assert.equal(used.withdraw(0), false);
    assert.equal(used.withdraw(Claims.capacity), true);
  });
});
