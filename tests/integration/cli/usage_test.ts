import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { musterRunners, runtime } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

/** Words after `muster`, and what the one line of the answer says. */
const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
  [["nope"], /^unknown command 'nope'$/],
  [["map"], /^missing required argument 'module'$/],
  [["map", "jobs.ts", "--nope", "1"], /^unknown option '--nope'$/],
  [["map", "jobs.ts", "--jobs", "0", "1"], /--jobs 0: give a whole number from 1/],
  [["map", "jobs.ts", "--jobs", "two", "1"], /--jobs two: give a whole number/],
  [["map", "jobs.ts", "--jobs"], /'-j, --jobs <n>' argument missing/],
  [["map", "jobs.ts", "--timeout", "5 years", "1"], /--timeout 5 years: give a duration/],
  [["map", "jobs.ts", "--retries", "-1", "1"], /--retries -1: give a whole number from 0/],
  [["map", "jobs.ts", "--halt", "later", "1"], /'later' is invalid.*now, soon, never/],
  [["map", "jobs.ts", "--format", "xml", "1"], /'xml' is invalid.*ndjson, json/],
  [["map", "jobs.ts", "--isolation", "none", "1"], /'none' is invalid.*worker, process/],
  [["map", "jobs.ts", "--input", "gone.txt"], /^Cannot read inputs from gone\.txt: no such file$/],
  [["map", "jobs.ts", "--input", "."], /^Cannot read inputs from \.: it is a folder$/],
  [["map", "jobs.ts", "--input", "jobs.ts", "1"], /from arguments and --input at once/],
  [["map", "jobs.ts", "--input", "a", "--glob", "b"], /from --input and --glob at once/],
  [["map", "jobs.ts", "--glob", "*.gone"], /no file matches \*\.gone/],
  [["map", "jobs.ts", "--resume", "1"], /--resume alone: add --joblog FILE/],
  [["map", "jobs.ts", "--retry-failed", "1"], /--retry-failed alone: add --joblog FILE/],
  [["map", "jobs.ts", "--output", "gone/out", "1"], /^Cannot write results to gone\/out: /],
  [["map", "jobs.ts", "--output", ".", "1"], /^Cannot write results to \.: it is a folder$/],
  [["map", "jobs.ts", "--joblog", "gone/log", "1"], /^Cannot use the job log gone\/log: /],
  [["map", "jobs.ts", "--format", "json", "{"], /argument 1, column 2: it is not JSON/],
  [["map", "gone.ts", "1"], /^Cannot find the module gone\.ts$/],
  [["map", ".", "1"], /^Cannot run \.: it is no file$/],
  [["map", "jobs.ts#", "1"], /name an export after the #/],
  [["map", "jobs.ts#gone", "1"], /Cannot find export 'gone' in .*jobs\.ts: it exports default, /],
  [["map", "helper.ts", "1"], /Cannot find export 'default' in .*helper\.ts: it exports helper$/],
  [["map", "jobs.ts#notFunction", "1"], /'notFunction' of .*: it is a number, not a function$/],
  [["map", "syntax.ts", "1"], /syntax\.ts:2:13: /],
  [["map", "import.ts", "1"], /import\.ts:1:\d+: .*\.\/gone\.ts/],
  [["map", "package.ts", "1"], /package\.ts:2:\d+: .*no-such-package/],
  [["map", "deep.ts", "1"], /syntax\.ts:2:13: /],
  [["map", "throws.ts", "1"], /throws\.ts:3:\d+: TypeError: at the top$/],
  [["map", "rejects.ts", "1"], /rejects\.ts:1:\d+: RangeError: awaited$/],
  [["map", "exits.ts", "1"], /Cannot load the jobs' code: .*exit/],
  [["map", "text.txt", "1"], /text\.txt/],
  [["completion", "tcsh"], /'tcsh' is invalid.*bash, zsh, fish/],
];

const files: Readonly<Record<string, string>> = {
  "syntax.ts": "export default (text: string) => {\n  return 1 +;\n};\n",
  "import.ts": 'import { a } from "./gone.ts";\nexport default () => a;\n',
  "package.ts": '// Not installed.\nimport a from "no-such-package";\nexport default () => a;\n',
  "deep.ts": 'export { default } from "./syntax.ts";\n',
  "throws.ts": `const message: string = "at the top";
function fail(): never {
  throw new TypeError(message);
}
fail();
export default () => 1;
`,
  "rejects.ts": 'await Promise.reject(new RangeError("awaited"));\nexport default () => 1;\n',
  "exits.ts": 'import process from "node:process";\nprocess.exit(5);\nexport default () => 1;\n',
  "text.txt": "some text\n",
};

for (const runner of musterRunners()) {
  describe(`muster, used wrongly (${runner.name})`, () => {
    it("says what is wrong in one line and exits with 2", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      bed.useJobs("helper.ts");
      for (const [name, text] of Object.entries(files)) bed.write(name, text);
      for (const [args, expected] of mistakes) {
        const { code, stdout, stderr } = await bed.muster(args);
        const told = `muster ${args.join(" ")}: ${stderr}`;
        assert.match(stderr, /^muster: [^\n]+\n$/, told);
        assert.match(stderr.slice("muster: ".length, -1), expected, told);
        assert.deepEqual([code, stdout], [2, ""], told);
      }
    });

    it("shows its help without a command, and when it is asked for", async () => {
      await using bed = new TestBed(runner);
      const bare = await bed.muster([]);
      assert.equal(bare.code, 2);
      assert.match(bare.stderr, /^Usage: muster/);
      const help = await bed.muster(["map", "--help"]);
      assert.equal(help.code, 0);
      assert.match(help.stdout, /--timeout <duration>[^]*Examples:/);
      assert.match((await bed.muster(["--version"])).stdout, /^\d+\.\d+\.\d+\n$/);
    });

    it("says which permission it lacks in Deno", async () => {
      if (runtime !== "deno") return;
      await using bed = new TestBed(runner);
      bed.useJobs();
      const [program = "", , , ...rest] = runner.command;
      const allowed = [
        "--allow-read",
        "--allow-write",
        "--allow-env",
        "--allow-sys",
        "--allow-run",
      ];
      const limited = (flags: string[]): string[] => [program, "run", ...flags, ...rest];
      const refused = bed.spawn([...limited(allowed.slice(0, 4)), "map", "jobs.ts", "2"]);
      const { code, stderr } = await refused.ended();
      assert.match(stderr, /Deno was started without --allow-run/);
      assert.equal(code, 2);
    });
  });
}
