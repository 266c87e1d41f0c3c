import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseNodesRequest } from "../../../../lib/cli/nodes/nodes_options.ts";

describe("parseNodesRequest()", () => {
  it("reads nodes and hosts to be introduced by, each with its port", () => {
    const request = parseNodesRequest({ nodes: "a,b:9", join: ["c", "[fd00::1]:8"], json: true });
    assert.deepEqual(request, {
      watch: false,
      json: true,
      targets: [{ host: "a", port: 7701 }, { host: "b", port: 9 }],
      seeds: [{ host: "c", port: 7700 }, { host: "fd00::1", port: 8 }],
      secretFile: undefined,
      cipher: undefined,
    });
  });

  it("refuses what it cannot use, in one line", () => {
    assert.throws(() => parseNodesRequest({ nodes: "" }), /^UsageError: Cannot use --nodes /);
    assert.throws(() => parseNodesRequest({ nodes: "a:b:c:" }), /Cannot use node "a:b:c:"/);
    assert.throws(() => parseNodesRequest({ join: ["h:99999"] }), /Cannot use node "h:99999"/);
  });
});
