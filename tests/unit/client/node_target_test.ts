import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type NodeTarget,
  parseClientTarget,
  parseListenPlace,
  parseNodeTarget,
} from "../../../lib/client/node_target.ts";
import { UsageError } from "../../../lib/proto/errors.ts";

describe("parseNodeTarget(), parseClientTarget()", () => {
  const places: readonly (readonly [string, string, number | undefined])[] = [
    ["node-a", "node-a", undefined],
    ["node-a:9000", "node-a", 9000],
    ["10.0.0.5", "10.0.0.5", undefined],
    ["::1", "::1", undefined],
    ["fe80::1%eth0", "fe80::1%eth0", undefined],
    ["[::1]:9000", "::1", 9000],
    ["[::1]", "::1", undefined],
  ];
  for (const [text, host, port] of places) {
    it(`read ${text}`, () => {
      assert.deepEqual(parseNodeTarget(text), { host, port: port ?? 7701 });
      assert.deepEqual(parseClientTarget(text), { host, port: port ?? 7703 });
    });
  }

  for (const text of ["", ":7701", "a:b", "a:0", "a:65536", "a b", "[::1", "a:1:2"]) {
    it(`refuse ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseNodeTarget(text), UsageError);
      assert.throws(() => parseClientTarget(text), UsageError);
    });
  }
});

describe("parseListenPlace()", () => {
  const places: readonly (readonly [string | number, NodeTarget])[] = [
    [9000, { host: "127.0.0.1", port: 9000 }],
    ["9000", { host: "127.0.0.1", port: 9000 }],
    ["10.0.0.5", { host: "10.0.0.5", port: 7703 }],
    ["10.0.0.5:9000", { host: "10.0.0.5", port: 9000 }],
    ["[::1]:9000", { host: "::1", port: 9000 }],
  ];
  for (const [place, expected] of places) {
    it(`reads ${JSON.stringify(place)}`, () => assert.deepEqual(parseListenPlace(place), expected));
  }

  for (const place of [0, 65_536, 1.5, -1, "", "a:b"]) {
    it(`refuses ${JSON.stringify(place)}`, () => {
      assert.throws(() => parseListenPlace(place), /^UsageError: Cannot listen on /);
    });
  }
});
