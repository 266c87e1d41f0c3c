import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import {
  parseSchedulerRequest,
  settingsOf,
} from "../../../../lib/cli/scheduler/scheduler_options.ts";
import { writeConfigFile } from "../../../../lib/cli/settings/config_file.ts";
import { UsageError } from "../../../../lib/proto/errors.ts";

/** Calls with a folder that is gone afterwards. */
async function inFolder(call: (folder: string) => unknown): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "muster-options-"));
  try {
    await call(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function refusalOf(flags: Readonly<Record<string, unknown>>): string {
  try {
    parseSchedulerRequest(flags);
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message;
  }
  return "";
}

describe("parseSchedulerRequest()", () => {
  it("keeps everything on disk for a week and finds nodes unless told otherwise", () => {
    const request = parseSchedulerRequest({ discover: true });
    const { port, policy, durability, resultExpiryMs, discovers, nodes, hosts } = request;
    assert.deepEqual(
      { port, policy, durability, resultExpiryMs, discovers, nodes, hosts },
      {
        port: 7702,
        policy: "fair",
        durability: "full",
        resultExpiryMs: 7 * 24 * 3_600_000,
        discovers: true,
        nodes: [],
        hosts: undefined,
      },
    );
    assert.match(request.folder, /[/\\]scheduler$/);
  });

  it("takes flags", () => {
    const request = parseSchedulerRequest({
      nodes: "10.0.0.7, [::1]:99",
      port: "0",
      discover: false,
      policy: "fifo",
      durability: "memory",
      resultExpiry: "90m",
      maxOpenJobs: "5",
      journal: "/srv/muster",
    });
    assert.deepEqual(request.nodes, [{ host: "10.0.0.7", port: 7701 }, { host: "::1", port: 99 }]);
    assert.equal(request.port, 0);
    assert.equal(request.discovers, false);
    assert.equal(request.resultExpiryMs, 5_400_000);
    assert.equal(request.maxOpenJobs, 5);
    assert.equal(request.folder, "/srv/muster");
  });

  it("says what it cannot use, and what to give", () => {
    assert.match(refusalOf({ resultExpiry: "soon" }), /^Cannot use --result-expiry soon: give a /);
    assert.match(refusalOf({ maxOpenJobs: "0" }), /^Cannot use --max-open-jobs 0: give a whole/);
    assert.match(refusalOf({ port: "70000" }), /^Cannot use --port 70000: give a port$/);
    assert.match(refusalOf({ nodes: "a b" }), /^Cannot use node "a b": give host or host:port$/);
  });

  it("reads from a file what it wrote, with paths of its folder, and lets flags win", async () => {
    await inFolder(async (folder) => {
      const file = join(folder, "scheduler.json");
      const first = parseSchedulerRequest({ nodes: "10.0.0.7", policy: "early", discover: false });
      await writeConfigFile(file, settingsOf(first));
      assert.deepEqual(parseSchedulerRequest({ config: file }), first);
      const second = parseSchedulerRequest({ config: file, policy: "fifo", discover: true });
      assert.deepEqual(second, { ...first, policy: "fifo" });
      writeFileSync(file, '{"journal": "jobs"}');
      assert.equal(parseSchedulerRequest({ config: file }).folder, join(folder, "jobs"));
      writeFileSync(file, '{"polcy": "fair"}');
      assert.equal(
        refusalOf({ config: file }),
        `Cannot use ${file}: "polcy": "fair": there is no option of that name`,
      );
    });
  });
});
