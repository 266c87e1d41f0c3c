import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../../scripts/files.ts";
import { runtime } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const library = JSON.stringify(`${pathToFileURL(root).href}/mod.ts`);

/** A script that has a function, prints from its top level, and does `body` with a cluster. */
function script(body: string, options = ""): string {
  return `import { JobCluster } from ${library};
import process from "node:process";
console.log("top level");
function work(n: number): number {
  if (n < 0) for (;;);
  return n + 1;
}
async function running(job: { status: string }): Promise<void> {
  while (job.status !== "running") await new Promise((resolve) => setTimeout(resolve, 5));
}
if (import.meta.main) {
  const cluster = await JobCluster.create(work, { module: import.meta.url, local: 2 ${options} });
  ${body}
}
`;
}

describe("a script that uses the library", () => {
  it("ends by itself after close, and its top level has run once", async () => {
    await using bed = new TestBed();
    const path = bed.write(
      "main.ts",
      script(
        `console.log(await cluster.submit(1), await cluster.submit(2)); await cluster.close();`,
      ),
    );
    const ended = await bed.script(path).ended();
    assert.deepEqual([ended.code, ended.stdout, ended.stderr], [0, "top level\n2 3\n", ""]);
  });

  it("ends with busy jobs when its block is left", async () => {
    await using bed = new TestBed();
    const path = bed.write(
      "main.ts",
      script(`{
    await using owned = cluster;
    const job = owned.submit(-1);
    await running(job);
  }
  console.log("closed");`),
    );
    const ended = await bed.script(path).ended();
    assert.deepEqual([ended.code, ended.stdout], [0, "top level\nclosed\n"]);
  });

  it("uses no CPU for a job that was cancelled", async () => {
    await using bed = new TestBed();
    const path = bed.write(
      "main.ts",
      script(`const job = cluster.submit(-1);
  await running(job);
  job.cancel();
  await job.settled();
  console.log(job.status);
  setInterval(() => {}, 1000);`),
    );
    const running = bed.script(path, [], { stdin: null });
    await running.until("the job is cancelled", () => running.stdout.includes("cancelled"));
    // What replaces the stopped slot has to start as well.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const before = running.cpuMs;
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const used = running.cpuMs - before;
    assert.ok(used < 300, `${used} ms of CPU in a second after the cancel`);
    running.kill("SIGKILL");
    await running.ended();
  });

  it("that is killed leaves no executor behind", async () => {
    await using bed = new TestBed();
    const path = bed.write(
      "main.ts",
      script(
        `const jobs = [cluster.submit(-1), cluster.submit(1)];
  await running(jobs[0]!);
  console.log("busy");
  await jobs[0];`,
        `, isolation: "process"`,
      ),
    );
    const running = bed.script(path, [], { stdin: null });
    await running.until("it is busy", () => running.stdout.includes("busy"));
    assert.ok(running.family.length >= 3);
    running.kill("SIGKILL");
    await running.ended();
    // The bed fails if anything is left.
  });

  it("says what Deno was not allowed", {
    skip: runtime === "deno" ? false : "Bun has no permissions",
  }, async () => {
    await using bed = new TestBed();
    const path = bed.write("main.ts", script(`await cluster.close();`));
    const flags = ["--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-sys"];
    const config = ["--config", `${root}/deno.json`];
    const ended = await bed.spawn([process.execPath, "run", ...flags, ...config, path]).ended();
    assert.equal(ended.code, 1);
    assert.match(
      ended.stderr,
      /UsageError: Cannot start a process for each slot: Deno was started without --allow-run. Allow it, or set isolation: "worker"/,
    );
  });
});
