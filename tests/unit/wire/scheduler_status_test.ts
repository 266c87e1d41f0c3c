import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { NodeState, NodeStatus } from "../../../lib/proto/scheduler_links.ts";
import { readStatus, statusCount, statusItems } from "../../../lib/wire/scheduler_status.ts";
import { encodeTuple, MalformedTupleError, TupleReader } from "../../../lib/wire/tuple.ts";
import { facts } from "./scheduler_examples.ts";

const states: readonly NodeState[] = ["up", "suspect", "draining", "away"];

describe("the status of a scheduler", () => {
  const nodes = states.map((state): NodeStatus => ({
    name: "n",
    address: "[::1]:7701",
    fingerprint: "f",
    state,
    slots: 1,
    leases: 0,
    facts,
  }));
  const status = { version: "0.1.0", epoch: 1, staleRejected: 2, nodes, clusters: [] };

  it("arrives as it was, with nodes in every state", () => {
    const reader = new TupleReader(encodeTuple(statusItems(status)));
    assert.deepEqual(reader.tuple(statusCount, () => readStatus(reader)), status);
  });

  it("is refused when a node is in no state", () => {
    const unknown = nodes.map((node) => ({ ...node, state: "upside down" as NodeState }));
    const bytes = () => encodeTuple(statusItems({ ...status, nodes: unknown }));
    assert.throws(() => {
      const reader = new TupleReader(bytes());
      reader.tuple(statusCount, () => readStatus(reader));
    }, MalformedTupleError);
  });
});
