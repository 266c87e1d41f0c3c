import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { JobId } from "../../../lib/proto/ids.ts";
import {
  decodeFromClient,
  decodeToClient,
  encodeFromClient,
  encodeToClient,
} from "../../../lib/wire/scheduler_client_codec.ts";
import { MalformedTupleError } from "../../../lib/wire/tuple.ts";
import { refusesDamage } from "./damage.ts";
import { cluster, fromClient, patient, policy, toClient } from "./scheduler_examples.ts";

const numRuns = 100;
const seed = 20_261_124;
const hexId = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((id) => id.toHex() as JobId);
const packed = fc.oneof(
  fc.string({ unit: "grapheme" }).map((text) => JSON.stringify([text])),
  fc.integer({ min: 300, max: 2000 }).map((count) => JSON.stringify("ü".repeat(count))),
  fc.uint8Array().map((bytes) => new Uint8Array(bytes)),
);

describe("messages of clients to the scheduler", () => {
  for (const message of fromClient) {
    it(`carry ${message.type} unchanged: ${JSON.stringify(message).slice(0, 90)}`, () => {
      assert.deepEqual(decodeFromClient(encodeFromClient(message)), message);
    });
  }

  it(`carry jobs with any arguments and ids (${numRuns} runs)`, () => {
    const one = fc.record({
      job: hexId,
      number: fc.maxSafeInteger().map(Math.abs),
      hash: fc.string({ maxLength: 40, unit: "binary" }),
      policy: fc.constantFrom(policy, patient),
      args: packed,
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 12 }), (jobs) => {
        const message = {
          type: "submit",
          cluster,
          jobs: jobs.map(({ args, ...job }) => ({ ...job, bytes: args.length })),
          args: jobs.map(({ args }) => args),
        } as const;
        assert.deepEqual(decodeFromClient(encodeFromClient(message)), message);
      }),
      { numRuns, seed },
    );
  });

  it("let jobs of one policy share it", () => {
    const jobs = [0, 1, 2].map((number) => ({
      job: `${number}`.repeat(32) as JobId,
      number,
      hash: "",
      bytes: 2,
      policy: number === 1 ? patient : policy,
    }));
    const args = ["[]", "[]", "[]"];
    const message = decodeFromClient(
      encodeFromClient({ type: "submit", cluster, jobs, args }),
    );
    assert.equal(message.type, "submit");
    if (message.type !== "submit") return;
    assert.equal(message.jobs[0]?.policy, message.jobs[2]?.policy);
    assert.notEqual(message.jobs[0]?.policy, message.jobs[1]?.policy);
  });

  it("say what ids have in common once", () => {
    const sizeOf = (count: number): number => {
      const jobs = Array.from(
        { length: count },
        (_, index) => `${"ab".repeat(14)}${index.toString(16).padStart(4, "0")}` as JobId,
      );
      return encodeFromClient({ type: "ack", cluster, jobs }).length;
    };
    assert.ok((sizeOf(1000) - sizeOf(100)) / 900 < 8);
  });

  it("are refused when they are damaged", () => {
    refusesDamage(fromClient.map((message) => encodeFromClient(message)), decodeFromClient);
  });

  it("are refused when their columns do not match", () => {
    const text = new TextDecoder().decode(encodeFromClient({
      type: "submit",
      cluster,
      jobs: [{ job: "0".repeat(32) as JobId, number: 0, hash: "h", bytes: 2, policy }],
      args: ["[]"],
    }));
    for (
      const [from, to] of [
        ['["[]"]', '["",1]'],
        ['["[]"]', "[null]"],
        ['["[]"]', "[0.55]"],
        ['"h",', "555,"],
        ["[0,0],", "[-1],"],
        ["[0,0],", "[0,1],"],
        ["60000", '"6000'],
        ["true", "null"],
      ] as const
    ) {
      const bytes = new TextEncoder().encode(text.replace(from, to.padEnd(from.length)));
      // The length of the text stays right.
      const message = bytes.subarray(0, text.length);
      assert.throws(() => decodeFromClient(message), MalformedTupleError, `${from} -> ${to}`);
    }
  });
});

describe("messages of the scheduler to clients", () => {
  for (const message of toClient) {
    it(`carry ${message.type} unchanged: ${JSON.stringify(message).slice(0, 90)}`, () => {
      assert.deepEqual(decodeToClient(encodeToClient(message)), message);
    });
  }

  it("are refused when they are damaged", () => {
    refusesDamage(toClient.map((message) => encodeToClient(message)), decodeToClient);
  });

  it("are refused when ranges of numbers touch, overlap or have no end", () => {
    for (const known of [[0, 1, 2, 3], [5, 4], [3, 9, 5, 10], [1]]) {
      const [attached] = toClient;
      assert.equal(attached?.type, "attached");
      if (attached?.type !== "attached") return;
      const bytes = encodeToClient({ ...attached, known });
      assert.throws(() => decodeToClient(bytes), MalformedTupleError, String(known));
    }
  });

  it("are not made of details that are not packed", () => {
    assert.throws(
      () =>
        encodeToClient({
          type: "results",
          cluster,
          results: [{
            job: "0".repeat(32) as JobId,
            number: 0,
            node: undefined,
            attempt: 1,
            runMs: 0,
            ending: { status: "finished", detail: { value: 1 } },
          }],
        }),
      TypeError,
    );
  });
});
