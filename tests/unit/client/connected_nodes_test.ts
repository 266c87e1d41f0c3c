import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectedNodes } from "../../../lib/client/connected_nodes.ts";
import { OfferedFiles } from "../../../lib/client/files/offered_files.ts";
import type { Connection } from "../../../lib/net/types.ts";
import type { ComputationId } from "../../../lib/proto/ids.ts";
import type { NodeFacts, NodeToClient } from "../../../lib/proto/node_messages.ts";
import { encodeNodeMessage } from "../../../lib/wire/node_codec.ts";
import { decodeClientMessage } from "../../../lib/wire/node_codec_client.ts";
import { memoryConnections } from "../../harness/memory_connection.ts";

const facts: NodeFacts = {
  slots: 2,
  runtime: "bun",
  runtimeVersion: "1",
  platform: "linux",
  arch: "x64",
  version: "0",
  tags: [],
};

/** What a node does: it says what it is and is ready when it is asked. */
class TestNode {
  readonly heard: string[] = [];
  readonly #connection: Connection;

  constructor(connection: Connection, changes: Partial<NodeFacts> = {}) {
    this.#connection = connection;
    connection.onMessage = (bytes) => {
      const { type } = decodeClientMessage(bytes);
      this.heard.push(type);
      if (type === "open") this.say({ type: "ready", slots: 2 });
    };
    this.say({ type: "facts", facts: { ...facts, ...changes } });
  }

  say(message: NodeToClient): void {
    this.#connection.send(encodeNodeMessage(message));
  }

  cut(): void {
    this.#connection.destroy();
  }
}

/** A cluster's view of its nodes. */
class TestCluster {
  readonly events: string[] = [];
  readonly obstacles: (string | undefined)[] = [];
  readonly nodes = new ConnectedNodes({
    computation: Promise.resolve({
      id: "0".repeat(64) as ComputationId,
      code: { format: "script", text: "", filename: "" },
      live: false,
      needsProcesses: false,
      files: new OfferedFiles(() => Promise.resolve([])),
    }),
    whyUnsuitable: ({ tags }) => tags.includes("bad") ? "it is bad" : undefined,
    listener: (_provider, _node, events) => this.events.push(...events.map(({ type }) => type)),
  });

  /** Connects a node; `ended` resolves when its use is over. */
  connect(changes: Partial<NodeFacts> = {}): { node: TestNode; ended: Promise<void> } {
    const { toNode, toClient } = memoryConnections();
    const ended = this.nodes.use(toNode, (obstacle) => this.obstacles.push(obstacle?.message));
    return { node: new TestNode(toClient, changes), ended };
  }
}

/** Lets all messages arrive. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("ConnectedNodes", () => {
  it("asks a suitable node for its slots, and passes on what it tells", async () => {
    const cluster = new TestCluster();
    const { node, ended } = cluster.connect();
    await settle();
    assert.deepEqual(node.heard, ["open"]);
    assert.deepEqual(cluster.obstacles, [undefined]);
    node.cut();
    await ended;
    assert.deepEqual(cluster.events, ["ready", "gone"]);
  });

  it("leaves a node alone that is not suitable, and says why", async () => {
    const cluster = new TestCluster();
    const { node, ended } = cluster.connect({ tags: ["bad"] });
    await settle();
    assert.deepEqual(node.heard, []);
    assert.deepEqual(cluster.obstacles, ["Cannot use node: it is bad"]);
    node.say({ type: "ready", slots: 2 });
    node.cut();
    await ended;
    assert.deepEqual(cluster.events, []);
  });

  it("uses a node once that is connected twice, and the second when the first breaks", async () => {
    const cluster = new TestCluster();
    const [first, second] = [cluster.connect(), cluster.connect()];
    await settle();
    assert.deepEqual([first.node.heard, second.node.heard], [["open"], []]);
    first.node.cut();
    await first.ended;
    await settle();
    assert.deepEqual(second.node.heard, ["open"]);
    assert.deepEqual(cluster.events, ["ready", "gone", "ready"]);
    await cluster.nodes.close();
    await second.ended;
  });

  it("does not miss a second connection that breaks", async () => {
    const cluster = new TestCluster();
    const [first, second] = [cluster.connect(), cluster.connect()];
    await settle();
    second.node.cut();
    await second.ended;
    assert.deepEqual(cluster.events, ["ready"]);
    await cluster.nodes.close();
    await first.ended;
  });

  it("says why a node cannot serve, once, and does not ask it again", async () => {
    const cluster = new TestCluster();
    const [first, second] = [cluster.connect(), cluster.connect()];
    await settle();
    first.node.say({ type: "unable", why: "its disk is full" });
    await first.ended;
    const third = cluster.connect();
    await settle();
    assert.deepEqual([second.node.heard, third.node.heard], [[], []]);
    const told = cluster.obstacles.filter((obstacle) => obstacle !== undefined);
    assert.deepEqual(told, ["Cannot use node: its disk is full"]);
    await cluster.nodes.close();
    await Promise.all([second.ended, third.ended]);
  });

  it("cuts off a node that says twice what it is", async () => {
    const cluster = new TestCluster();
    const { node, ended } = cluster.connect();
    node.say({ type: "facts", facts });
    await ended;
    assert.deepEqual(cluster.events.at(-1), "gone");
  });
});
