import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Postponed } from "../../../lib/client/postponed.ts";

describe("Postponed", () => {
  const beginning = () => {
    const seen: string[] = [];
    const begin = () => {
      seen.push("begun");
      return Promise.resolve({
        close: () => {
          seen.push("closed");
          return Promise.resolve();
        },
      });
    };
    return { seen, begin };
  };

  it("begins after what it waits for, and closes what has begun", async () => {
    const { seen, begin } = beginning();
    const after = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const postponed = new Postponed(after.promise, 1, () => {
      begun.resolve();
      return begin();
    });
    await Promise.resolve();
    assert.deepEqual(seen, []);
    after.resolve();
    await begun.promise;
    await postponed.close();
    assert.deepEqual(seen, ["begun", "closed"]);
  });

  it("never begins once it is closed, or when what it waits for fails", async () => {
    const { seen, begin } = beginning();
    await new Postponed(new Promise(() => {}), 0, begin).close();
    await new Postponed(Promise.resolve(), 1_000_000, begin).close();
    await new Postponed(Promise.reject(new Error("no")), 0, begin).close();
    assert.deepEqual(seen, []);
  });
});
