import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runRequest } from "../../../../lib/cli/run/run_flags.ts";

const flags = { halt: "never" } as const;
const secretFile = "/some/secret";

describe("runRequest()", () => {
  it("searches for nodes unless it is told not to", () => {
    assert.equal(runRequest(flags, ["1"]).discover, undefined);
    // What commander gives for a flag that was left out.
    assert.equal(runRequest({ ...flags, discover: true }, ["1"]).discover, undefined);
    assert.equal(runRequest({ ...flags, discover: false }, ["1"]).discover, false);
    assert.deepEqual(runRequest({ ...flags, join: ["h"] }, ["1"]).join, ["h"]);
  });

  it("leaves jobs to nodes where there can be some", () => {
    const nodes = [
      { secretFile },
      { nodes: "h" },
      { join: ["h"] },
      { listen: "7703" },
      { nodes: "h", discover: false },
    ];
    for (const more of nodes) {
      assert.equal(runRequest({ ...flags, local: false, ...more }, ["1"]).jobs, 0);
    }
  });

  it("says which flags exclude each other", () => {
    const refused: readonly [object, RegExp][] = [
      [{ discover: false, join: ["h"] }, /^Cannot use --join with --no-discover: /],
      [
        { local: false, discover: false, secretFile },
        /^Cannot use --no-local with --no-discover: /,
      ],
      [{ local: false, jobs: 2, secretFile }, /^Cannot use --jobs with --no-local: /],
    ];
    for (const [more, message] of refused) {
      assert.throws(() => runRequest({ ...flags, ...more }, ["1"]), {
        name: "UsageError",
        message,
      });
    }
  });
});
