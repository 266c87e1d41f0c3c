import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeFromNode,
  decodeToNode,
  encodeFromNode,
  encodeToNode,
} from "../../../lib/wire/scheduler_node_codec.ts";
import { refusesDamage } from "./damage.ts";
import { fromNode, toNode } from "./scheduler_examples.ts";

describe("messages of the scheduler to nodes", () => {
  for (const message of toNode) {
    it(`carry ${message.type} unchanged: ${JSON.stringify(message).slice(0, 90)}`, () => {
      assert.deepEqual(decodeToNode(encodeToNode(message)), message);
    });
  }

  it("are refused when they are damaged", () => {
    refusesDamage(toNode.map((message) => encodeToNode(message)), decodeToNode);
  });
});

describe("messages of nodes to the scheduler", () => {
  for (const message of fromNode) {
    it(`carry ${message.type} unchanged: ${JSON.stringify(message).slice(0, 90)}`, () => {
      assert.deepEqual(decodeFromNode(encodeFromNode(message)), message);
    });
  }

  it("are refused when they are damaged", () => {
    refusesDamage(fromNode.map((message) => encodeFromNode(message)), decodeFromNode);
  });
});
