import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

const program = `
import { readFileSync } from "node:fs";
import { job } from ${JSON.stringify(`${root}/job.ts`)};
import { JobCluster } from ${JSON.stringify(`${root}/mod.ts`)};

function read(path: string): string {
  return job.nodeName + ":" + readFileSync(job.dir + "/" + path, "utf8");
}

if (import.meta.main) {
  const [nodes = ""] = process.argv.slice(2);
  for (const isolation of ["worker", "process"] as const) {
    await using cluster = await JobCluster.create(read, {
      module: import.meta.url, files: ["x.txt"], base: "data", isolation,
      ...(nodes === "" ? { local: 1 } : { local: 0, nodes: [nodes] }),
    });
    console.log(await cluster.submit("x.txt"));
  }
}`;

for (const runner of musterRunners()) {
  describe(`job.dir and job.nodeName (${runner.name})`, () => {
    it("lead to the files, here and on a node", async () => {
      await using bed = new NodeBed(runner);
      mkdirSync(join(bed.folder, "data"));
      bed.write("data/x.txt", "content");
      bed.write("program.ts", program);
      const { process, address } = await bed.node(["--name", "n1"]);
      const here = await bed.script("program.ts", [], { env: bed.env }).ended();
      assert.equal(here.stdout, "local:content\nlocal:content\n", here.stderr);
      const there = await bed.script("program.ts", [address], { env: bed.env }).ended();
      assert.equal(there.stdout, "n1:content\nn1:content\n", there.stderr);
      await stopNode(process);
    });
  });
}
