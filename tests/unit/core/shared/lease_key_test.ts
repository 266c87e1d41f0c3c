import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { leaseKey } from "../../../../lib/core/shared/lease_key.ts";
import type { JobId } from "../../../../lib/proto/ids.ts";

describe("leaseKey()", () => {
  it("tells leases apart by job, number and epoch", () => {
    const job = "j" as JobId;
    assert.equal(leaseKey({ job, lease: 1, epoch: 2 }), "j#1@2");
    const keys = [[1, 2], [2, 1], [1, 1]].map(([lease = 0, epoch = 0]) =>
      leaseKey({ job, lease, epoch })
    );
    assert.equal(new Set(keys).size, 3);
  });
});
