import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { limits } from "../../../lib/proto/limits.ts";
import { Admission } from "../../../lib/net/admission.ts";
import type { Candidate } from "../../../lib/net/admission.ts";

class FakeCandidate implements Candidate {
  readonly group: string;
  isMember = false;
  isOut = false;
  readonly #admission: Admission<FakeCandidate>;

  constructor(group: string, admission: Admission<FakeCandidate>) {
    this.group = group;
    this.#admission = admission;
  }

  evict(): void {
    this.isOut = true;
    this.#admission.leave(this, false);
  }
}

/** Enters `count` candidates of one address. */
function enter(admission: Admission<FakeCandidate>, group: string, count: number): FakeCandidate[] {
  return Array.from({ length: count }, () => {
    const candidate = new FakeCandidate(group, admission);
    assert.equal(admission.enter(candidate), true);
    return candidate;
  });
}

describe("places of unproven connections", () => {
  it("a newcomer of a full address takes the place of its oldest stranger", () => {
    const admission = new Admission<FakeCandidate>();
    const first = enter(admission, "a", limits.maxHalfOpenPerAddress);
    const other = enter(admission, "b", 1);
    enter(admission, "a", 1);
    assert.deepEqual(first.map(({ isOut }) => isOut), [true, ...first.slice(1).map(() => false)]);
    assert.equal(other[0]?.isOut, false);
    assert.equal(admission.size, limits.maxHalfOpenPerAddress + 1);
  });

  it("there are never more than the limit, whatever the addresses", () => {
    const admission = new Admission<FakeCandidate>();
    for (let index = 0; index < 500; index++) enter(admission, `address ${index}`, 1);
    assert.equal(admission.size, limits.maxHalfOpen);
  });

  it("who holds a secret keeps its place; a newcomer has to go then", () => {
    const admission = new Admission<FakeCandidate>();
    const members = enter(admission, "a", limits.maxHalfOpenPerAddress);
    for (const member of members) member.isMember = true;
    assert.equal(admission.enter(new FakeCandidate("a", admission)), false);
    assert.ok(members.every(({ isOut }) => !isOut));
  });

  it("all are put out at the end", () => {
    const admission = new Admission<FakeCandidate>();
    const all = enter(admission, "a", 5);
    admission.clear();
    assert.ok(all.every(({ isOut }) => isOut));
    assert.equal(admission.size, 0);
  });
});

describe("tokens of an address", () => {
  /** How many tokens an address has at a time. */
  function drain(admission: Admission<FakeCandidate>, group: string, nowMs: number): number {
    let count = 0;
    while (admission.takeToken(group, nowMs)) count++;
    return count;
  }

  it("are as many as the burst, and come back with time, up to the burst", () => {
    const admission = new Admission<FakeCandidate>();
    assert.equal(drain(admission, "a", 0), limits.handshakeBurst);
    assert.equal(drain(admission, "b", 0), limits.handshakeBurst);
    assert.equal(drain(admission, "a", 1_000), limits.handshakesPerSecond);
    assert.equal(drain(admission, "a", 3_600_000), limits.handshakeBurst);
  });

  it("come back at once when the connection proves itself, and not when it does not", () => {
    const admission = new Admission<FakeCandidate>();
    drain(admission, "a", 0);
    const [proven, failed] = enter(admission, "a", 2);
    assert.ok(proven !== undefined && failed !== undefined);
    admission.leave(failed, false);
    assert.equal(drain(admission, "a", 0), 0);
    admission.leave(proven, true);
    admission.leave(proven, true);
    assert.equal(drain(admission, "a", 0), 1);
  });

  it("are forgotten for the address that came least recently, beyond a bound", () => {
    const admission = new Admission<FakeCandidate>();
    drain(admission, "a", 0);
    for (let index = 0; index < limits.maxRememberedAddresses; index++) {
      admission.takeToken(`address ${index}`, 0);
    }
    assert.equal(drain(admission, "a", 0), limits.handshakeBurst);
  });
});
