import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Credit } from "../../../lib/files/credit.ts";

describe("Credit", () => {
  it("lets so much pass as was given back, in the order of asking", async () => {
    const credit = new Credit(10);
    const passed: string[] = [];
    const take = (name: string, bytes: number): void =>
      void credit.take(bytes).then(() => passed.push(name));
    take("a", 6);
    take("b", 6);
    take("c", 1);
    await Promise.resolve();
    assert.deepEqual(passed, ["a"]);
    credit.give(1);
    await Promise.resolve();
    assert.deepEqual(passed, ["a"]);
    credit.give(2);
    await Promise.resolve();
    assert.deepEqual(passed, ["a", "b", "c"]);
  });

  it("lets everybody go when it has ended", async () => {
    const credit = new Credit(0);
    const waiting = credit.take(1);
    credit.end();
    await waiting;
    await credit.take(1);
    assert.equal(credit.ended, true);
  });
});
