import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkNodes } from "../../../../lib/cli/doctor/node_checks.ts";
import { version } from "../../../../lib/proto/version.ts";
import { readingOf } from "../nodes/readings.ts";

describe("checkNodes()", () => {
  it("is content with nodes of this version whose clocks agree", () => {
    const findings = checkNodes([readingOf({ version, clockAheadMs: 4000 })], []);
    assert.deepEqual(findings.map(({ verdict }) => verdict), ["ok", "ok", "ok"]);
  });

  it("tells what to do about clocks, versions and nodes out of reach", () => {
    const readings = [
      readingOf({ name: "early", version, clockAheadMs: -60_000 }),
      readingOf({ name: "late", version, clockAheadMs: 60_000 }),
      readingOf({ name: "old", version: "0.0.9" }),
    ];
    const problem = "Cannot connect to h: nothing answered within 4 s; is a firewall between?";
    const failed = checkNodes(readings, [problem]).filter(({ verdict }) => verdict === "fail");
    assert.deepEqual(failed.map(({ subject, seen }) => `${subject}: ${seen}`), [
      "nodes: Cannot connect to h: nothing answered within 4 s",
      "clock of early: 60.0 s behind this host's",
      "clock of late: 60.0 s ahead of this host's",
      `version of old: muster 0.0.9, bun 1.4.5; this host has muster ${version}`,
    ]);
    assert.ok(failed.every(({ advice }) => advice !== undefined && advice !== ""));
  });

  it("does not fault a host for being the first", () => {
    const [only] = checkNodes([], []);
    assert.equal(only?.verdict, "note");
    assert.match(only.advice ?? "", /muster node/);
  });
});
