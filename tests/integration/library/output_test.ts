// deno-lint-ignore-file no-console
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { fstatSync, writeSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { TestBed } from "../../harness/test_bed.ts";
import { root } from "../../../scripts/files.ts";
import { clusterOf, failureOf, isolations } from "./support.ts";

function printAll(n: number): number {
  console.log(`${n} console`);
  writeSync(1, `${n} raw\n`);
  spawnSync("sh", ["-c", `echo ${n} child; echo ${n} child error >&2`], { stdio: "inherit" });
  process.stdout.write(`${n} stream\n`);
  writeSync(2, `${n} raw error\n`);
  return n;
}

function oneRaw(n: number): number {
  if (n % 500 === 0) writeSync(1, `${n}\n`);
  return n;
}

function floodBy(who: string): string {
  if (who === "child") {
    spawnSync("sh", ["-c", "head -c 300000000 /dev/zero | tr '\\0' y"], { stdio: "inherit" });
  } else for (let count = 0; count < 50; count += 1) writeSync(1, "y".repeat(1_000_000));
  return who;
}

/** Prints 100 MB in about a second; gives the size of the file that they went to, where that can be known. */
function floodSlowly(chunks: number): number {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let count = 0; count < chunks; count += 1) {
    writeSync(1, "y".repeat(1_000_000));
    Atomics.wait(cell, 0, 0, 10);
  }
  return fstatSync(1).size;
}

function endBy(how: string): string {
  console.log("the last line");
  writeSync(2, "the last raw line\n");
  if (how === "abort") process.abort();
  if (how === "kill") process.kill(process.pid, "SIGKILL");
  if (how === "exit") process.exit(4);
  if (how === "spin") { for (;;); }
  return how;
}

function leaveChild(n: number): number {
  if (n === 0) spawn("sh", ["-c", "sleep 0.2; echo late >&2"], { stdio: "inherit" });
  return n;
}

describe("what jobs print", () => {
  for (const isolation of isolations) {
    it(`is each job's own, with console and streams in order (${isolation})`, async () => {
      const job = (n: number): void => {
        console.log("console", n);
        process.stdout.write(`stream ${n}\n`);
        console.error("error", n);
      };
      await using cluster = await clusterOf(job, import.meta.url, { isolation });
      const jobs = Array.from({ length: 100 }, (_, n) => cluster.submit(n));
      for (const [n, each] of jobs.entries()) {
        await each;
        assert.equal(each.stdout, `console ${n}\nstream ${n}\n`);
        assert.equal(each.stderr, `error ${n}\n`);
      }
    });
  }

  it("is caught from raw writes and child processes too, in order", async () => {
    await using cluster = await clusterOf(printAll, import.meta.url, { isolation: "process" });
    const jobs = [1, 2, 3, 4].map((n) => cluster.submit(n));
    for (const [index, job] of jobs.entries()) {
      const n = index + 1;
      assert.equal(await job, n);
      assert.equal(job.stdout, `${n} console\n${n} raw\n${n} child\n${n} stream\n`);
      assert.equal(job.stderr, `${n} child error\n${n} raw error\n`);
    }
  });

  it("is that one job's among thousands that do next to nothing", async () => {
    await using cluster = await clusterOf(oneRaw, import.meta.url, { isolation: "process" });
    const jobs = Array.from({ length: 20_000 }, (_, n) => cluster.submit(n));
    await cluster.wait();
    for (const [n, job] of jobs.entries()) {
      assert.equal(job.stdout, n % 500 === 0 ? `${n}\n` : "");
    }
  });

  it("is cut where there is too much of it, and the next job's is whole", async () => {
    await using cluster = await clusterOf(floodBy, import.meta.url, {
      isolation: "process",
      local: 1,
    });
    for (const who of ["job", "child"]) {
      const job = cluster.submit(who);
      assert.equal(await job, who);
      assert.match(job.stdout.slice(-60), /^y+\n\[output cut: over the limit\]\n$/);
      assert.ok(job.stdout.length < 1.1 * 1024 * 1024);
    }
  });

  it("fills the disk no further than is read, while the job goes on", async () => {
    await using cluster = await clusterOf(floodSlowly, import.meta.url, { isolation: "process" });
    const job = cluster.submit(100);
    const bytes = await job;
    assert.ok(bytes < 50_000_000, `${bytes} bytes are left of 100 MB`);
    assert.match(job.stdout.slice(-60), /^y+\n\[output cut: over the limit\]\n$/);
  });

  it("is kept when the job crashes or is stopped", async () => {
    await using cluster = await clusterOf(endBy, import.meta.url, { isolation: "process" });
    const ends = { abort: /SIGABRT/, kill: /SIGKILL/, exit: /exit\(4\)/ };
    for (const [how, expected] of Object.entries(ends)) {
      const job = cluster.submit(how);
      assert.match((await failureOf(job)).message, expected);
      assert.equal(job.stdout, "the last line\n", how);
      assert.match(job.stderr, /^the last raw line\n/, how);
    }
    const job = cluster.submitWith({ timeoutMs: 500 }, "spin");
    assert.equal((await failureOf(job)).reason, "timeout");
    assert.deepEqual([job.stdout, job.stderr], ["the last line\n", "the last raw line\n"]);
  });

  it("goes to the program's stderr where no job runs: while the code loads, and between jobs", async () => {
    await using bed = new TestBed();
    const path = bed.write(
      "program.ts",
      `import { JobCluster } from "${root}/mod.ts";
       const url = new URL("./jobs.ts", import.meta.url).href;
       for (const isolation of ["process", "worker"] as const) {
         const cluster = await JobCluster.fromModule(url, "job", { isolation, local: 1 });
         const job = cluster.submit(1);
         console.log(isolation, await job, JSON.stringify(job.stdout));
         await new Promise((resolve) => setTimeout(resolve, 300));
         await cluster.close();
       }`,
    );
    bed.write(
      "jobs.ts",
      `console.log("loading");
       export function job(n: number) {
         setTimeout(() => console.log("between"), 50);
         console.log("job");
         return n;
       }`,
    );
    const { stdout, stderr } = await bed.script(path).ended();
    assert.equal(stdout, 'process 1 "job\\n"\nworker 1 "job\\n"\n');
    assert.equal(stderr, "loading\nbetween\nloading\nbetween\n");
  });

  it("is not lost when a process that a job left behind prints it later", async () => {
    await using cluster = await clusterOf(leaveChild, import.meta.url, {
      isolation: "process",
      local: 1,
    });
    const job = cluster.submit(0);
    await job;
    assert.equal(job.stderr, "");
    let seen = "";
    const deadline = performance.now() + 20_000;
    const { write } = process.stderr;
    process.stderr.write = (text: string | Uint8Array): boolean => {
      seen += String(text);
      return true;
    };
    try {
      // Each is a job after a pause, before which the files are looked at.
      while (seen === "" && performance.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 50));
        const next = cluster.submit(1);
        await next;
        // It may come just while this one runs.
        seen += next.stderr;
      }
    } finally {
      process.stderr.write = write;
    }
    assert.equal(seen, "late\n");
  });
});
