/** Throws damaged messages at the decoders of the shared scheduler, as wire_fuzz_test.ts does at those below. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeFromClient,
  decodeToClient,
  encodeFromClient,
  encodeToClient,
} from "../../lib/wire/scheduler_client_codec.ts";
import {
  decodeFromNode,
  decodeToNode,
  encodeFromNode,
  encodeToNode,
} from "../../lib/wire/scheduler_node_codec.ts";
import { MalformedTupleError } from "../../lib/wire/tuple.ts";
import { fromClient, fromNode, toClient, toNode } from "../unit/wire/scheduler_examples.ts";
import { fuzz, runs } from "./fuzz.ts";
import { mutate } from "./wire_mutator.ts";

function fuzzMessages(
  what: string,
  messages: readonly Uint8Array[],
  decode: (bytes: Uint8Array) => unknown,
): void {
  fuzz(what, runs * 2, (rng) => {
    try {
      decode(mutate(rng, rng.pick(messages), rng.pick(messages)));
    } catch (error) {
      assert.ok(error instanceof MalformedTupleError, String(error));
    }
    assert.equal(({} as { x?: unknown }).x, undefined);
    return false;
  });
}

describe("fuzz: messages of the shared scheduler", () => {
  it("damaged ones of clients give a message or one error", () => {
    fuzzMessages("client to scheduler", fromClient.map(encodeFromClient), decodeFromClient);
  });

  it("damaged ones to clients give a message or one error", () => {
    fuzzMessages("scheduler to client", toClient.map(encodeToClient), decodeToClient);
  });

  it("damaged ones to nodes give a message or one error", () => {
    fuzzMessages("scheduler to node", toNode.map(encodeToNode), decodeToNode);
  });

  it("damaged ones of nodes give a message or one error", () => {
    fuzzMessages("node to scheduler", fromNode.map(encodeFromNode), decodeFromNode);
  });
});
