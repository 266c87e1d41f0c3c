import type { LocalEffect } from "../../lib/core/scheduler/effects.ts";
import type { NodeId } from "../../lib/proto/ids.ts";
import { OneWay } from "./one_way.ts";
import { type NodeWorld, SimNode } from "./sim_node.ts";
import { oftenSmall } from "./workload.ts";

/** A node and its connection to the scheduler. */
export type SimLink = {
  readonly id: NodeId;
  readonly slots: number;
  node: SimNode;
  toNode: OneWay;
  fromNode: OneWay;
  isUp: boolean;
};

/** All nodes, what connects them, and the faults that befall both. */
export class SimNetwork {
  readonly #world: NodeWorld;
  readonly #byId = new Map<NodeId, SimLink>();

  constructor(world: NodeWorld) {
    this.#world = world;
    for (const [index, slots] of world.options.nodes.entries()) {
      const id = `n${index}` as NodeId;
      const node = new SimNode(world, id, slots);
      const [toNode, fromNode] = [this.#oneWay(), this.#oneWay()];
      this.#byId.set(id, { id, slots, node, toNode, fromNode, isUp: false });
    }
  }

  /** All nodes with their connections. */
  get links(): SimLink[] {
    return [...this.#byId.values()];
  }

  /** Brings all nodes up, sooner or later, and begins with the faults. */
  start(): void {
    const { clock, random, options } = this.#world;
    for (const link of this.links) {
      const delayMs = random() < 0.5 ? 0 : random() * options.faultsEndMs / 4;
      clock.at(delayMs, () => this.#connect(link));
    }
    this.#planLoss();
  }

  /** Sends to a node what the scheduler wants of it. */
  perform(effect: LocalEffect): void {
    switch (effect.type) {
      case "assign":
        return this.#send(effect.node, (node) => node.assign(effect.leases));
      case "retract":
        return this.#send(effect.node, (node) => node.retract({ ...effect, attempt: 0 }));
      case "stop":
        return this.#send(effect.node, (node) => node.stop({ ...effect, attempt: 0 }));
      default:
        return;
    }
  }

  #send(id: NodeId, act: (node: SimNode) => void): void {
    const link = this.#byId.get(id);
    if (link === undefined) return;
    const { node } = link;
    link.toNode.send(() => act(node));
  }

  #oneWay(): OneWay {
    const { clock, random, options } = this.#world;
    return new OneWay(clock, () => random() * options.maxLatencyMs);
  }

  #connect(link: SimLink): void {
    link.toNode = this.#oneWay();
    link.fromNode = this.#oneWay();
    link.isUp = true;
    this.#world.deliver({ type: "nodeUp", node: link.id, slots: link.slots });
    link.node.connect(link.fromNode);
  }

  #planLoss(): void {
    const { clock, random, options } = this.#world;
    if (options.meanBetweenLossesMs === Infinity) return;
    const atMs = clock.nowMs + 2 * random() * options.meanBetweenLossesMs;
    if (atMs >= options.faultsEndMs) return;
    clock.at(atMs, () => {
      const up = this.links.filter(({ isUp }) => isUp);
      const link = up[Math.floor(random() * up.length)];
      if (link !== undefined) this.#lose(link);
      this.#planLoss();
    });
  }

  /** A node dies or is cut off; the scheduler notices later, and later still the node is back. */
  #lose(link: SimLink): void {
    const { clock, random, options, deliver } = this.#world;
    const { nowMs } = clock;
    const isPartition = random() < options.partitionRate;
    link.isUp = false;
    link.toNode.cut(nowMs);
    // Some of what is on its way still arrives: before the loss is noticed, after it, or when the node is back.
    link.fromNode.cut(nowMs + random() * 2 * options.maxLatencyMs);
    if (isPartition) link.node.disconnect();
    else link.node.die();
    const noticedMs = nowMs + random() * options.maxDetectMs;
    clock.at(noticedMs, () => {
      deliver({ type: "nodeDown", node: link.id });
      clock.at(noticedMs + oftenSmall(random) * 500, () => {
        if (!isPartition) link.node = new SimNode(this.#world, link.id, link.slots);
        this.#connect(link);
      });
    });
  }
}
