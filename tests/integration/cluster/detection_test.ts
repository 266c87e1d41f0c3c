import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { stopNode } from "../../harness/node_bed.ts";
import { musterRunners, type Runner } from "../../harness/runners.ts";
import { SharedBed } from "../../harness/shared_bed.ts";

/** What is promised. On a busy machine the programs need their time as well. */
const nodeLimitMs = 10_000;
const executorLimitMs = 1_000;
const slackMs = 5_000;

/** On the first node it says which process it is and never ends; on others it waits for that, and gives their name. */
const jobs = `
import { existsSync, renameSync, writeFileSync } from "node:fs";
import { job } from "${root}/job.ts";

export default async function hang(folder: string): Promise<string> {
  const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  if (job.nodeName === "first") {
    writeFileSync(folder + "/beginning", String(process.pid));
    renameSync(folder + "/beginning", folder + "/begun");
    await sleep(3_600_000);
  }
  writeFileSync(folder + "/other", "");
  while (!existsSync(folder + "/begun")) await sleep(10);
  return job.nodeName;
}
`;

/** Who decides where jobs run. */
type Owner = "the client" | "a scheduler";

type Case = {
  readonly runner: Runner;
  readonly owner: Owner;
  readonly victim: "node" | "executor";
  readonly blow: "SIGKILL" | "SIGSTOP";
  readonly flags: readonly string[];
};

type Noticed = { readonly ms: number; readonly stdout: string; readonly stderr: string };

/** Hits the first node while it runs a job, and says when and how the caller had its answers. */
async function notice({ runner, owner, victim, blow, flags }: Case): Promise<Noticed> {
  await using bed = new SharedBed(runner);
  bed.write("jobs.ts", jobs);
  const [first, second] = await Promise.all(
    ["first", "second"].map((name) => bed.node(["--name", name, "--cpus", "1"])),
  );
  const nodes = `${first?.address},${second?.address}`;
  const isShared = owner === "a scheduler";
  const scheduler = isShared ? await bed.scheduler(["--nodes", nodes]) : undefined;
  const where = scheduler === undefined
    ? ["--nodes", nodes, "--no-local", "--no-discover"]
    : ["--scheduler", scheduler.address];
  // Two jobs, for two slots.
  const client = bed.start(
    ["map", "jobs.ts", bed.folder, bed.folder, ...flags, ...where],
    { env: bed.env, deadlineMs: 120_000 },
  );
  const mark = `${bed.folder}/begun`;
  // Both: what only waited on the first node would be lost with it.
  const bothRun = (): boolean => existsSync(mark) && existsSync(`${bed.folder}/other`);
  await client.until("both nodes run a job", bothRun, 60_000);
  const pid = victim === "node" ? first?.process.pid : Number(readFileSync(mark, "utf8"));
  const startedMs = performance.now();
  process.kill(pid ?? NaN, blow);
  const { stdout, stderr } = await client.ended();
  const ms = performance.now() - startedMs;
  if (victim === "executor" || blow === "SIGSTOP") first?.process.kill("SIGKILL");
  await first?.process.ended();
  if (second !== undefined) await stopNode(second.process);
  if (scheduler !== undefined) await bed.stopScheduler(scheduler);
  return { ms, stdout, stderr };
}

function show(runner: Runner, owner: Owner, what: string, { ms }: Noticed): void {
  process.stdout.write(
    `detection (${runner.name}): ${what}, noticed by ${owner} after ${(ms / 1000).toFixed(2)} s\n`,
  );
}

for (const runner of musterRunners()) {
  for (const owner of ["the client", "a scheduler"] as const) {
    describe(`jobs spread by ${owner} (${runner.name})`, () => {
      for (const blow of ["SIGKILL", "SIGSTOP"] as const) {
        it(`do not wait for a node that ${blow} has hit`, async () => {
          const part = { runner, owner, victim: "node", blow } as const;
          const [again, once] = await Promise.all([
            notice({ ...part, flags: ["--reentrant"] }),
            notice({ ...part, flags: [] }),
          ]);
          show(runner, owner, `${blow} of a node, job goes on elsewhere`, again);
          show(runner, owner, `${blow} of a node, job is abandoned`, once);
          assert.equal(again.stdout, '"second"\n"second"\n', again.stderr);
          assert.equal(once.stdout, '"second"\n', once.stderr);
          assert.match(once.stderr, /1 done, 1 failed/);
          assert.ok(Math.max(again.ms, once.ms) < nodeLimitMs + slackMs);
        });
      }

      it("do not wait for an executor that is killed", async () => {
        const part = { runner, owner, victim: "executor", blow: "SIGKILL" } as const;
        const noticed = await notice({ ...part, flags: [] });
        show(runner, owner, "SIGKILL of an executor, job fails", noticed);
        assert.match(noticed.stderr, /with signal SIGKILL[^]*1 done, 1 failed/);
        assert.ok(noticed.ms < executorLimitMs + slackMs);
      });
    });
  }
}
