import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const lines = (text: string): string[] => text.split("\n").filter((line) => line !== "");

for (const runner of musterRunners()) {
  describe(`muster map, its inputs (${runner.name})`, () => {
    it("takes them from the command line, as strings or as JSON", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const strings = await bed.muster(["map", "jobs.ts#same", "1", "--", "-x", "--jobs"]);
      assert.equal(strings.stdout, '"1"\n"-x"\n"--jobs"\n');
      assert.equal(strings.code, 0);
      const json = await bed.muster([
        "map",
        "jobs.ts#same",
        "--format",
        "json",
        '{"a":[1]}',
        "null",
      ]);
      assert.equal(json.stdout, '{"a":[1]}\nnull\n');
    });

    it("reads a file in the format of its extension, or as --format says", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const files: [string, string, string[], string][] = [
        ["in.ndjson", '{"a":1}\n\n"two"\n', [], '{"a":1}\n"two"\n'],
        ["in.json", '[1,\n {"b":[2]}, null]', [], '1\n{"b":[2]}\nnull\n'],
        [
          "in.csv",
          'name,count\n"Smith, J",2\nD\u00f6,3\n',
          [],
          '{"name":"Smith, J","count":"2"}\n{"name":"D\u00f6","count":"3"}\n',
        ],
        ["in.txt", "one\r\n\nthree", [], '"one"\n""\n"three"\n'],
        ["in.data", "[1,2]", ["--format", "json"], "1\n2\n"],
      ];
      for (const [name, text, flags, expected] of files) {
        bed.write(name, text);
        const ended = await bed.muster(["map", "jobs.ts#same", "--input", name, ...flags]);
        assert.equal(ended.stdout, expected, `${name}: ${ended.stderr}`);
        assert.equal(ended.code, 0);
      }
    });

    it("reads standard input, and gives results before it has ended", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const running = bed.start(["map", "jobs.ts"], { stdin: null });
      running.write("3\n4\n");
      await running.until("two results are there", () => running.stdout === "9\n16\n");
      running.write("5");
      running.closeStdin();
      const { code, stdout } = await running.ended();
      assert.equal(stdout, "9\n16\n25\n");
      assert.equal(code, 0);
    });

    it("does nothing for an empty standard input, and says so", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const ended = await bed.muster(["map", "jobs.ts"]);
      assert.deepEqual([ended.code, ended.stdout], [0, ""]);
      assert.match(ended.stderr, /^0 done, /);
    });

    it("takes the paths that match --glob", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      mkdirSync(join(bed.folder, "deep"));
      for (const name of ["b.txt", "a.txt", "deep/c.txt", "d.md"]) bed.write(name, "");
      const ended = await bed.muster(["map", "jobs.ts#same", "--glob", "**/*.txt", "--raw"]);
      assert.deepEqual(lines(ended.stdout), ["a.txt", "b.txt", "deep/c.txt"]);
    });

    it("names the place of what is wrong in the inputs, after the results before it", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const running = bed.start(["map", "jobs.ts#same", "--format", "ndjson"], { stdin: null });
      running.write("1\n");
      await running.until("the first result is there", () => running.stdout === "1\n");
      running.write('{"a":\n');
      running.closeStdin();
      const { code, stderr } = await running.ended();
      assert.equal(code, 2);
      assert.match(stderr, /^1 done.*\nmuster: Cannot read inputs: standard input:2:6: .*\n$/);
    });

    it("brings along what the function imports", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs("helper.ts");
      bed.write("data.json", '{"factor": 3}');
      bed.write(
        "main.ts",
        `import { sep } from "node:path";
import data from "./data.json" with { type: "json" };
import { helper } from "./helper.ts";
export const scaled = (text: string): string => sep + helper(Number(text)) * data.factor;
`,
      );
      const ended = await bed.muster(["map", "main.ts#scaled", "2"]);
      assert.equal(ended.stdout, '"/12"\n', ended.stderr);
    });
  });
}
