import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SlotBroker } from "../../../lib/node/slot_broker.ts";

const never = new AbortController().signal;

describe("SlotBroker", () => {
  it("lends to one at a time, in the order they came", async () => {
    const broker = new SlotBroker();
    const order: string[] = [];
    const giveBackFirst = await broker.borrow(never);
    assert.equal(broker.isBusy, true);
    const second = broker.borrow(never).then((giveBack) => {
      order.push("second");
      giveBack?.();
    });
    const third = broker.borrow(never).then((giveBack) => {
      order.push("third");
      giveBack?.();
    });
    assert.deepEqual(order, []);
    giveBackFirst?.();
    await Promise.all([second, third]);
    assert.deepEqual(order, ["second", "third"]);
    assert.equal(broker.isBusy, false);
  });

  it("lets one who waits leave, and lends to the next", async () => {
    const broker = new SlotBroker();
    const giveBack = await broker.borrow(never);
    const leaving = new AbortController();
    const left = broker.borrow(leaving.signal);
    const next = broker.borrow(never);
    leaving.abort();
    assert.equal(await left, undefined);
    giveBack?.();
    assert.equal(typeof await next, "function");
  });

  it("does not lose its slots to one who leaves in the moment it is called up", async () => {
    const broker = new SlotBroker();
    const giveBack = await broker.borrow(never);
    const leaving = new AbortController();
    const left = broker.borrow(leaving.signal);
    const next = broker.borrow(never);
    giveBack?.();
    leaving.abort();
    assert.equal(await left, undefined);
    assert.equal(typeof await next, "function");
  });
});
