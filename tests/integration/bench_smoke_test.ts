import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../bench", import.meta.url));
const flags = process.versions["bun"] === undefined ? ["run", "--quiet", "--allow-all"] : [];
const timeoutMs = 120_000;

type Figure = {
  readonly id: string;
  readonly rows: readonly { readonly name: string; readonly value: number }[];
  readonly checks: readonly { readonly claim: string; readonly value: number }[];
  readonly skipped: readonly { readonly name: string }[];
};

/** Runs the benchmark in this runtime. */
function bench(
  script: string,
  ...args: string[]
): { code: number | null; stdout: string; stderr: string } {
  const command = [...flags, `${folder}/${script}`, ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    encoding: "utf8",
    timeout: 4 * timeoutMs,
  });
  return { code: status, stdout, stderr };
}

function namesIn(figures: readonly Figure[], id: string): string[] {
  const figure = figures.find((one) => one.id === id);
  return [...figure?.rows ?? [], ...figure?.skipped ?? []].map(({ name }) => name);
}

function assertMeasured(figures: readonly Figure[]): void {
  for (const { id, rows, checks, skipped } of figures) {
    assert.ok(rows.length + skipped.length > 0, id);
    assert.ok(checks.length > 0 || skipped.length > 0, id);
    for (const { name, value } of rows) assert.ok(value > 0, `${id}, ${name}: ${value}`);
    for (const { claim, value } of checks) assert.ok(value > 0, `${id}, ${claim}: ${value}`);
  }
}

describe("bench/cluster.ts", () => {
  it("measures every figure beside its peers", { timeout: 4 * timeoutMs }, () => {
    const { code, stdout, stderr } = bench("cluster.ts", "--quick", "--json");
    assert.equal(code, 0, stderr);
    const { figures }: { figures: Figure[] } = JSON.parse(stdout);
    assert.deepEqual(figures.map(({ id }) => id), [
      "remote-noop",
      "remote-one-at-a-time",
      "remote-cpu-100ms",
      "remote-start",
      "remote-memory",
      "echo",
      "scheduler-noop",
      "scheduler-restart",
      "exec",
    ]);
    assertMeasured(figures);
    const names = namesIn(figures, "remote-noop");
    for (const name of ["muster submit", "muster map", "Dask", "raw prototype, 64 a message"]) {
      assert.ok(names.includes(name), `${name} is neither measured nor skipped`);
    }
  });
});

describe("bench/local.ts", () => {
  it("measures every figure and prints it as JSON", { timeout: timeoutMs }, () => {
    const { code, stdout, stderr } = bench("local.ts", "--quick", "--json");
    assert.equal(code, 0, stderr);
    const { figures }: { figures: Figure[] } = JSON.parse(stdout);
    assert.deepEqual(figures.map(({ id }) => id), [
      "noop",
      "cpu-1ms",
      "cpu-100ms",
      "one-at-a-time",
      "start",
      "queued-memory",
      "streamed-memory",
    ]);
    assertMeasured(figures);
    const names = namesIn(figures, "noop");
    for (const name of ["muster submit", "piscina", "tinypool", "poolifier", "comlink"]) {
      assert.ok(names.includes(name), `${name} is neither measured nor skipped`);
    }
  });

  it("prints a table that says what falls short, which --assert makes its exit code", {
    timeout: timeoutMs,
  }, () => {
    const { code, stdout, stderr } = bench("local.ts", "--quick", "--assert", "--figure", "noop");
    assert.match(stdout, /^No-op jobs, 200 at once$/m);
    assert.match(stdout, /^ {2}muster map +[\d,]+ jobs\/s +[\d.]+x the fastest peer$/m);
    // Two hundred jobs on cold code are far from it.
    assert.match(stdout, /^ {2}SHORT +muster submit: no-op jobs a second: /m);
    assert.equal(code, 1, stderr);
  });

  it("refuses a figure that it does not know", { timeout: timeoutMs }, () => {
    const { code, stderr } = bench("local.ts", "--figure", "speed");
    assert.equal(code, 2);
    assert.match(stderr, /^Cannot measure "speed": no such figure\n/);
  });
});

describe("bench/journal.ts", () => {
  it("measures every figure and says how much work a restart is", { timeout: timeoutMs }, () => {
    const { code, stdout, stderr } = bench("journal.ts", "--quick");
    assert.equal(code, 0, stderr);
    assert.equal(stdout.match(/ commits\/s /g)?.length, 9);
    assert.match(stdout, /\nreplay_cpu_ms=\d+ at_most=4000\n$/);
  });
});
