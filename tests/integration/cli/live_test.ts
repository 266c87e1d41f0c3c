import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NodeBed, stopNode } from "../../harness/node_bed.ts";
import { musterRunners } from "../../harness/runners.ts";

const jobs = `
import { existsSync } from "node:fs";
export default function block(name: string): string {
  console.log(name + " begins");
  process.stdout.write("half ");
  while (!existsSync("go"));
  console.log("a line\\x1b[31m");
  process.stderr.write("the end");
  return name;
}
`;

for (const runner of musterRunners()) {
  describe(`muster map --live (${runner.name})`, () => {
    for (const where of ["here", "on a node"]) {
      it(`shows the lines of jobs that run ${where} as they come, and each once`, async () => {
        await using bed = new NodeBed(runner);
        bed.write("jobs.ts", jobs.replace('"go"', JSON.stringify(`${bed.folder}/go`)));
        const node = where === "here" ? undefined : await bed.node(["--cpus", "2"]);
        const flags = node === undefined
          ? ["--jobs", "2"]
          : ["--nodes", node.address, "--no-local"];
        const running = bed.start(["map", "jobs.ts", "--live", ...flags, "x", "y"], {
          env: bed.env,
        });
        await running.until("both have begun", () => running.stderr.split("\n").length === 3);
        assert.deepEqual(running.stderr.trimEnd().split("\n").sort(), ["x begins", "y begins"]);
        assert.equal(running.stdout, "");
        bed.write("go", "");
        const { code, stdout, stderr } = await running.ended();
        assert.deepEqual([code, stdout], [0, '"x"\n"y"\n']);
        const lines = stderr.trimEnd().split("\n");
        assert.deepEqual(lines.slice(2, 6).sort(), [
          "half a line",
          "half a line",
          "the end",
          "the end",
        ]);
        assert.match(lines[6] ?? "", /^2 done/);
        if (node !== undefined) await stopNode(node.process);
      });
    }
  });
}
