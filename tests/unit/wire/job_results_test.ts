import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeId } from "../../../lib/proto/ids.ts";
import { BatchWriter, readBatch } from "../../../lib/wire/batch.ts";
import { addResults, readResults, resultColumns } from "../../../lib/wire/job_results.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { jobId } from "./scheduler_examples.ts";

const node = "büro-3~00ff" as NodeId;

function result(number: number, of: NodeId | undefined) {
  const ending = { status: "finished", detail: String(number) } as const;
  return { job: jobId(number), number, ending, node: of, attempt: 1, runMs: 0.5 };
}

describe("results of many jobs", () => {
  it("name each node once", () => {
    const results = [result(0, node), result(1, undefined), result(2, node)];
    const batch = new BatchWriter();
    addResults(batch, results);
    const body = batch.finish(0).subarray(1);
    assert.equal(new TextDecoder().decode(body).split(node).length, 2);
    assert.deepEqual(readBatch(body, resultColumns, readResults), results);
  });

  it("are refused when a node is not among those that are named", () => {
    const batch = new BatchWriter();
    addResults(batch, [result(0, node)]);
    const body = batch.finish(0).subarray(1);
    const text = new TextDecoder().decode(body);
    const at = text.indexOf('"],1,') + '"],'.length;
    assert.ok(at > 10);
    // The name has a letter of two bytes.
    body[at + 1] = "2".charCodeAt(0);
    assert.throws(() => readBatch(body, resultColumns, readResults), MalformedTupleError);
  });
});
