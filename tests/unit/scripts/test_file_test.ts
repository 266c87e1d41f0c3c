import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { closeRun, openRun, type Run, type Runtime } from "../../../scripts/testing/environment.ts";
import type { TestCase } from "../../../scripts/testing/junit.ts";
import type { Result } from "../../../scripts/testing/results.ts";
import { runTestFile } from "../../../scripts/testing/test_file.ts";

const runtimes: readonly Runtime[] = ["bun", "deno"];
const notLinux = process.platform !== "linux" && "processes are looked up in /proc";

function outcomes(cases: readonly TestCase[]): string[] {
  return cases.map(({ name, outcome }) => `${outcome}: ${name}`).sort();
}

describe("runTestFile()", () => {
  let run: Run;
  before(() => {
    run = openRun();
  });
  after(() => closeRun(run));

  function runFixture(runtime: Runtime, name: string, timeoutMs = 60_000): Promise<Result> {
    return runTestFile(runtime, `tests/fixtures/runner/${name}.ts`, run, timeoutMs);
  }

  for (const runtime of runtimes) {
    it(`counts single tests, not groups: ${runtime}`, async () => {
      const { cases } = await runFixture(runtime, "mixed");
      const group = 'a group of "tests" <1> & more';
      assert.deepEqual(outcomes(cases), [
        `failed: ${group} > fails`,
        `passed: ${group} > passes`,
        `passed: ${group} > within > passes as well`,
        "passed: alone",
        `skipped: ${group} > is skipped`,
      ]);
      assert.match(cases.find(({ outcome }) => outcome === "failed")?.failure ?? "", /1 !== 2/);
    });

    for (const name of ["broken_hook", "broken_module"]) {
      it(`fails and shows the error for a ${name.replace("_", " ")}: ${runtime}`, async () => {
        const { cases, output } = await runFixture(runtime, name);
        assert.equal(cases.filter(({ outcome }) => outcome === "failed").length, 1);
        assert.match(output, /the (?:hook|module) broke/);
      });
    }

    it(`fails for a file that reports no tests: ${runtime}`, async () => {
      const { cases } = await runFixture(runtime, "no_tests");
      assert.deepEqual(outcomes(cases), [`failed: ${runtime} test`]);
    });

    it(`stops a file whose time is up: ${runtime}`, async () => {
      const { cases } = await runFixture(runtime, "hangs", 1500);
      assert.equal(cases[0]?.failure, "stopped after 1.5 s");
    });

    it(`fails when the runtime dies: ${runtime}`, async () => {
      const { cases } = await runFixture(runtime, "kills_itself");
      assert.equal(cases[0]?.failure, "ended by SIGKILL");
    });

    it(`reports and ends processes left behind: ${runtime}`, { skip: notLinux }, async () => {
      const { cases } = await runFixture(runtime, "leaves_processes");
      const leftover = cases.find(({ name }) => name === "leftover processes");
      assert.match(leftover?.failure ?? "", /sleep 61[\s\S]*sleep 62/);
      const found = (leftover?.failure ?? "").matchAll(/^process (\d+)/gm);
      const pids = [...found].map(([, pid]) => Number(pid));
      assert.equal(pids.length, 2);
      // Ended ones whose parent has not looked yet keep a folder in /proc, but no command line.
      const alive = pids.filter((pid) => {
        const commandLine = `/proc/${pid}/cmdline`;
        return existsSync(commandLine) && readFileSync(commandLine, "utf8") !== "";
      });
      assert.deepEqual(alive, []);
    });
  }
});
