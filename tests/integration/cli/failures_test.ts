import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { root } from "../../../scripts/files.ts";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const jobs = readFileSync(`${root}/tests/fixtures/jobs/jobs.ts`, "utf8").split("\n");

/** Where in jobs.ts a line of code is. */
function placeOf(code: string): string {
  return `jobs\\.ts:${jobs.findIndex((line) => line.includes(code)) + 1}:\\d+`;
}

/** What every way of running jobs has to do alike. */
const isolations = ["worker", "process"] as const;

for (const runner of musterRunners()) {
  describe(`muster map, inputs that fail (${runner.name})`, () => {
    it("lists each with its input, error and place, and goes on with the others", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const ended = await bed.muster(["map", "jobs.ts#failThirds", "1", "2", "3", "4", "6"]);
      assert.equal(ended.code, 1);
      assert.equal(ended.stdout, "1\n2\n4\n");
      const [three, six] = ended.stderr.split("\n\n");
      assert.match(
        three ?? "",
        /^failed input 3: "3" on local\n {2}RangeError: bad 3\n {4}at failThirds \(jobs\.ts:16:\d+\)$/,
      );
      assert.match(six ?? "", /^failed input 5: "6".*\n.*bad 6\n.*\n3 done, 2 failed, /);
    });

    it("maps the stacks of async functions and of imported files", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      bed.write(
        "deep.ts",
        `type Unused = { readonly gone: true };

export function check(n: number): number {
  throw new EvalError(\`checked \${n}\`);
}
`,
      );
      bed.write(
        "main.ts",
        `import { check } from "./deep.ts";
export default async (text: string): Promise<number> => check(await Promise.resolve(Number(text)));
`,
      );
      const late = await bed.muster(["map", "jobs.ts#failLate", "x"]);
      const lateThrow = placeOf("throw new TypeError(`late");
      assert.match(late.stderr, new RegExp(`TypeError: late x\n {4}at .*${lateThrow}\\)?\n`));
      const deep = await bed.muster(["map", "main.ts", "5"]);
      assert.match(deep.stderr, /EvalError: checked 5\n {4}at check \(deep\.ts:4:\d+\)\n/);
      assert.match(deep.stderr, /main\.ts:2:\d+/);
    });

    it("has them in the JSON summary", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const ended = await bed.muster(["map", "jobs.ts#failThirds", "--json", "3", "4"]);
      assert.equal(ended.code, 1);
      const summary = JSON.parse(ended.stderr) as Record<string, unknown>;
      assert.equal(summary["failed"], 1);
      const [failure] = summary["failures"] as Record<string, unknown>[];
      assert.deepEqual([failure?.["seq"], failure?.["input"], failure?.["attempt"]], [1, "3", 1]);
      assert.deepEqual((failure?.["error"] as Record<string, unknown>)["name"], "RangeError");
    });

    it("counts a result that cannot travel, and whatever else is thrown", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const ended = await bed.muster(["map", "jobs.ts#valueOf", "function", "date", "symbol"]);
      assert.equal(ended.stdout, '"1970-01-01T00:00:00.000Z"\n');
      assert.match(ended.stderr, /Cannot send the value at \.deep\.call: it is a function/);
      assert.match(ended.stderr, /Cannot send the value: it is a symbol/);
      const thrown: [string, RegExp][] = [
        ["throwFrozen", /Error: frozen 1\n {4}at throwFrozen \(jobs\.ts:/],
        ["throwText", /JobError: Thrown: text 1\n/],
        ["throwStrange", /Error: \[Object: null prototype\] \{ call: /],
      ];
      for (const [name, expected] of thrown) {
        const { code, stderr } = await bed.muster(["map", `jobs.ts#${name}`, "1"]);
        assert.match(stderr, expected);
        assert.doesNotMatch(stderr, /lib\/|ext:|runner/);
        assert.equal(code, 1);
      }
    });

    for (const isolation of isolations) {
      it(`outlives jobs that end their ${isolation}`, async () => {
        await using bed = new TestBed(runner);
        bed.useJobs();
        const run = (name: string, word: string) =>
          bed.muster(
            [
              "map",
              `jobs.ts#${name}`,
              "--isolation",
              isolation,
              "--jobs",
              "2",
              "a",
              word,
              "b",
              "c",
            ],
          );
        const exit = await run("exit", "exit");
        assert.equal(exit.stdout, '"a"\n"b"\n"c"\n');
        assert.match(
          exit.stderr,
          /^last words\nfailed input 2: "exit" .*\n.*by calling exit\(3\)\n3 done/,
        );
        const uncaught = await run("uncaught", "uncaught");
        assert.match(
          uncaught.stderr,
          new RegExp(`uncaught TypeError: nobody caught this
 {4}at .*${placeOf("nobody caught")}`),
        );
        assert.match(uncaught.stderr, /\n3 done, 1 failed/);
        const rejected = await run("rejected", "rejected");
        assert.match(
          rejected.stderr,
          new RegExp(`TypeError: nobody handled this
 {4}at rejected \\(${placeOf("nobody handled")}`),
        );
        const recursion = await run("recurse", "recurse");
        assert.match(
          recursion.stderr,
          /RangeError: Maximum call stack size exceeded.*\n {4}at recurse/,
        );
        for (const each of [exit, uncaught, rejected, recursion]) {
          assert.equal(each.code, 1);
          assert.equal(each.stdout, '"a"\n"b"\n"c"\n');
        }
      });
    }

    it("outlives a job whose process the system kills", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const flags = ["--isolation", "process", "--jobs", "2", "--retries", "1"];
      const ended = await bed.muster(["map", "jobs.ts#kill", ...flags, "a", "kill", "b"]);
      assert.deepEqual([ended.code, ended.stdout], [1, '"a"\n"b"\n']);
      assert.match(
        ended.stderr,
        /"kill" on local, attempt 2\n.*ran in, with signal SIGKILL\n2 done/,
      );
    });
  });
}
