import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BatchWriter, readBatch } from "../../../lib/wire/batch.ts";
import { addPolicies, policyColumns, readPolicies } from "../../../lib/wire/job_policies.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { patient, policy } from "./scheduler_examples.ts";

describe("policies of many jobs", () => {
  it("are told once each, and shared by their jobs", () => {
    const batch = new BatchWriter();
    addPolicies(batch, [policy, patient, policy]);
    const body = batch.finish(0).subarray(1);
    assert.equal(new TextDecoder().decode(body).match(/30000\.5/g)?.length, 2);
    const read = readBatch(body, policyColumns, (reader) => readPolicies(reader, 3));
    assert.deepEqual(read, [policy, patient, policy]);
    assert.equal(read[0], read[2]);
  });

  it("have a priority if it is not 0", () => {
    const policies = [{ ...policy, priority: -1.5 }, policy];
    const batch = new BatchWriter();
    addPolicies(batch, policies);
    const body = batch.finish(0).subarray(1);
    assert.deepEqual(readBatch(body, policyColumns, (reader) => readPolicies(reader, 2)), policies);
  });

  it("are refused with values out of their bounds", () => {
    const bad = [
      { ...policy, retries: 1.5 },
      { ...policy, retries: 1e9 },
      { ...policy, backoff: { firstMs: -1, maxMs: 0 } },
      { ...policy, timeoutMs: -1 },
      { ...policy, maxLosses: -1 },
    ];
    for (const each of bad) {
      const batch = new BatchWriter();
      addPolicies(batch, [each]);
      const body = batch.finish(0).subarray(1);
      assert.throws(
        () => readBatch(body, policyColumns, (reader) => readPolicies(reader, 1)),
        MalformedTupleError,
      );
    }
  });
});
