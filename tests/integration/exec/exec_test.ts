import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

for (const runner of musterRunners()) {
  describe(`muster exec (${runner.name})`, () => {
    it("runs a program for each input, its words exactly as they are", async () => {
      await using bed = new TestBed(runner);
      const words = ["a b", "it's", "$HOME", "*", "", "-n", "{1}"];
      const args = ["exec", "-k", "--", "printf", "%s|", "<{}>", ":::", ...words];
      const { code, stdout, stderr } = await bed.muster(args);
      assert.equal(stdout, words.map((word) => `<${word}>|`).join(""));
      assert.match(stderr, /^7 done, /);
      assert.equal(code, 0);
    });

    it("reads lines, columns, tables and combinations", async () => {
      await using bed = new TestBed(runner);
      bed.write("people.csv", 'name,mail\n"Lee, Ann",a@x\nBob,b@x\n');
      const run = async (args: readonly string[], stdin = ""): Promise<string> =>
        (await bed.muster(["exec", "-k", ...args], { stdin })).stdout;
      assert.equal(await run(["echo", "{#}:{}"], "x\ny\n"), "1:x\n2:y\n");
      assert.equal(await run(["--colsep", ",", "echo", "{2}{1}"], "a,b\nc,d\n"), "ba\ndc\n");
      const table = await run(["--input", "people.csv", "--", "echo", "{mail}/{name}"]);
      assert.equal(table, "a@x/Lee, Ann\nb@x/Bob\n");
      assert.equal(await run(["echo", ":::", "a", "b", ":::", "1", "2"]), "a 1\na 2\nb 1\nb 2\n");
    });

    it("gives the output of each in one piece, byte for byte, to the stream it was written to", async () => {
      await using bed = new TestBed(runner);
      const script = "printf '%s\\n' $1 a; printf '\\377\\000' ; echo e$1 >&2; sleep 0.2; echo b$1";
      const args = ["exec", "-j", "2", "--", "sh", "-c", script, "-", ":::", "1", "2"];
      const command = [...runner.command, ...args].map((word) =>
        `'${word.replaceAll("'", "'\\''")}'`
      );
      // In a file: Deno rewrites a shell's command that begins with Deno's own path.
      const file = bed.write("run", `${command.join(" ")} 2>err | od -An -c | tr -d ' \\n'`);
      const { stdout } = await bed.spawn(["sh", file]).ended();
      const pieces = ["1", "2"].map((n) => `${n}\\na\\n377\\0b${n}\\n`);
      assert.ok([pieces.join(""), pieces.toReversed().join("")].includes(stdout), stdout);
      assert.deepEqual(bed.read("err").split("\n").slice(0, 2).sort(), ["e1", "e2"]);
    });

    it("counts a program as failed by its exit code, and says so in the log", async () => {
      await using bed = new TestBed(runner);
      const args = ["exec", "--joblog", "log", "sh", "-c", "echo out$1; exit $1", "-"];
      const { code, stdout, stderr } = await bed.muster([...args, ":::", "0", "3"]);
      assert.equal(code, 1);
      assert.deepEqual(stdout.trimEnd().split("\n").sort(), ["out0", "out3"]);
      assert.match(stderr, /failed input 2: "3" on local\n {2}ProgramError: exit code 3\n/);
      assert.match(stderr, /1 done, 1 failed/);
      const lines = bed.read("log").trimEnd().split("\n").slice(1).map((line) => line.split("\t"));
      const [header = [], ...jobs] = lines;
      const rows = jobs.map((fields) =>
        Object.fromEntries(header.map((name, at) => [name, fields[at]]))
      );
      const byInput = new Map(rows.map((row) => [row["Seq"], row]));
      assert.equal(byInput.get("1")?.["Exitval"], "0");
      assert.equal(byInput.get("2")?.["Exitval"], "3");
      assert.equal(byInput.get("2")?.["Status"], "terminated");
      assert.equal(byInput.get("2")?.["Command"], "sh -c 'echo out$1; exit $1' - 3");
    });

    it("runs again what failed, and what it did not come to", async () => {
      await using bed = new TestBed(runner);
      const args = ["exec", "--joblog", "log", "--shell", "test -e ok || exit {}; echo {}"];
      assert.equal((await bed.muster([...args, ":::", "0", "1", "2"])).code, 1);
      bed.write("ok", "");
      const again = ["exec", "-k", "--retry-failed", ...args.slice(1), ":::", "0", "1", "2"];
      const { code, stdout, stderr } = await bed.muster(again);
      assert.equal(stdout, "1\n2\n");
      assert.match(stderr, /2 done, 1 skipped/);
      assert.equal(code, 0);
    });

    it("tells of a program that is not there, and of one that may not run", async () => {
      await using bed = new TestBed(runner);
      chmodSync(bed.write("plain", "x"), 0o644);
      const { code, stderr } = await bed.muster(["exec", "-k", "{}", ":::", "no-such", "./plain"]);
      assert.equal(code, 1);
      assert.match(stderr, /exit code 127: no program no-such\n/);
      assert.match(stderr, /exit code 126: \.\/plain cannot be run/);
    });

    it("cuts no output, however long, and keeps no file of it", async () => {
      await using bed = new TestBed(runner);
      mkdirSync(join(bed.folder, "tmp"));
      const script =
        "head -c 5000000 /dev/zero | tr '\\0' $1; head -c 700000 /dev/zero | tr '\\0' e >&2";
      const args = ["exec", "-k", "--json", "--", "sh", "-c", script, "-", ":::", "a", "b"];
      const { stdout, stderr } = await bed.muster(args, { env: { TMPDIR: `${bed.folder}/tmp` } });
      assert.equal(stdout, "a".repeat(5_000_000) + "b".repeat(5_000_000));
      assert.equal(stderr.lastIndexOf("e{"), 1_399_999);
      assert.deepEqual(readdirSync(join(bed.folder, "tmp")), []);
    });

    it("gives lines as they are written with --line-buffer, and all of them", async () => {
      await using bed = new TestBed(runner);
      const script = "echo begun $1; while ! test -e go; do sleep 0.05; done; printf 'e\\nnd'";
      const args = [
        "exec",
        "--line-buffer",
        "--tag",
        "-j",
        "2",
        "--",
        "sh",
        "-c",
        script,
        "-",
        ":::",
        "1",
        "2",
      ];
      const running = bed.start(args);
      await running.until(
        "both have begun",
        () => running.stdout.length === "1\tbegun 1\n".length * 2,
      );
      bed.write("go", "");
      const { stdout } = await running.ended();
      const lines = stdout.replace(/\tnd/g, "\tnd\n").trimEnd().split("\n").sort();
      assert.deepEqual(lines, ["1\tbegun 1", "1\te", "1\tnd", "2\tbegun 2", "2\te", "2\tnd"]);
      const long = ["exec", "--line-buffer", "--", "head", "-c", "3000000", "{}"];
      const plain = await bed.muster([...long, ":::", "/dev/zero"]);
      assert.equal(plain.stdout, "\0".repeat(3_000_000));
    });

    it("gives blocks of lines to standard input", async () => {
      await using bed = new TestBed(runner);
      const stdin = Array.from({ length: 10_000 }, (_, index) => `${index}\n`).join("");
      const args = ["exec", "-k", "--pipe", "--block", "10k", "--", "cat"];
      const { stdout, stderr } = await bed.muster(args, { stdin });
      assert.equal(stdout, stdin);
      assert.match(stderr, /^5 done/);
    });

    it("is quiet about a program that does not read its standard input", async () => {
      await using bed = new TestBed(runner);
      const stdin = `${"x".repeat(99)}\n`.repeat(30_000);
      const { code, stderr } = await bed.muster(["exec", "--pipe", "--", "true"], { stdin });
      assert.equal(code, 0, stderr);
    });

    it("tags lines, sets variables, quotes for a shell, and prints commands only", async () => {
      await using bed = new TestBed(runner);
      const run = async (...args: string[]): Promise<string> =>
        (await bed.muster(["exec", "-k", ...args])).stdout;
      assert.equal(
        await run("--tag", "printf", "x\\ny\\n{}", ":::", "a", "b"),
        [
          "a\tx\na\ty\na\ta",
          "b\tx\nb\ty\nb\tb",
        ].join(""),
      );
      const set = ["--env", "A=1 2", "--env", "B=b"];
      assert.equal(await run(...set, "sh", "-c", "echo $A$B {}", ":::", "x"), "1 2b x\n");
      assert.equal(await run("--shell", "echo {} | tr a-z A-Z", ":::", "it's $x"), "IT'S $X\n");
      assert.equal(await run("--dry-run", "rm", "{}", ":::", "a b"), "rm 'a b'\n");
    });

    it("runs scripts by its own runtime, whatever else is installed", async () => {
      await using bed = new TestBed(runner);
      bed.write("double.ts", "const n: number = Number(process.argv[2]); console.log(n * 2);");
      const { stdout, stderr } = await bed.muster([
        "exec",
        "-k",
        "double.ts",
        "{}",
        ":::",
        "2",
        "4",
      ], {
        env: { PATH: "" },
      });
      assert.equal(stdout, "4\n8\n", stderr);
    });

    it("stops a program that runs too long, and what it started", async () => {
      await using bed = new TestBed(runner);
      const script = "sh -c 'while :; do :; done' & while :; do :; done";
      const args = ["exec", "--timeout", "500ms", "--", "sh", "-c", script, "{}"];
      const { code, stderr } = await bed.muster([...args, ":::", "x"]);
      assert.equal(code, 1);
      assert.match(stderr, /ran longer than its time limit/);
    });

    it("runs a program again that failed", async () => {
      await using bed = new TestBed(runner);
      const script = "mkdir tried-{} 2>/dev/null && exit 1; echo again {}";
      const args = ["exec", "--retries", "1", "--shell", script, ":::", "a"];
      const { code, stdout } = await bed.muster(args);
      assert.equal(stdout, "again a\n");
      assert.equal(code, 0);
    });

    it("halts at the first failure as it is told", async () => {
      await using bed = new TestBed(runner);
      const args = ["exec", "-j", "1", "--halt", "soon", "--json", "--", "sh", "-c", "exit {}"];
      const { code, stderr } = await bed.muster([...args, ":::", "0", "1", ...Array(50).fill("0")]);
      assert.equal(code, 1);
      const summary = JSON.parse(stderr.trimEnd().split("\n").at(-1) ?? "");
      assert.ok(summary.done + summary.cancelled >= 1 && summary.done < 50, stderr);
      assert.equal(summary.failures[0].input, "1");
    });

    it("ends cleanly with Ctrl-C and when nobody reads", async () => {
      await using bed = new TestBed(runner);
      const running = bed.start(["exec", "--", "sh", "-c", "echo {}; sleep {}", ":::", "0", "60"]);
      await running.until("the first has ended", () => running.stdout === "0\n");
      running.kill("SIGINT");
      assert.equal((await running.ended()).code, 130);
      const stdin = Array.from({ length: 400 }, (_, index) => `${index}\n`).join("");
      const unread = bed.start(["exec", "--", "echo", "{}"], { stdin });
      await unread.until("the first has ended", () => unread.stdout !== "");
      unread.closeStdout();
      assert.equal((await unread.ended()).code, 141);
    });

    it("refuses what it cannot do, in one line", async () => {
      await using bed = new TestBed(runner);
      const cases = [
        ["exec"],
        ["exec", "--", "echo", "{%}", ":::", "a"],
        ["exec", "--", "echo", "{2}", ":::", "a"],
        ["exec", "--", "echo", ":::"],
        ["exec", "--block", "1", "--", "cat"],
        ["exec", "--input", "missing", "--", "cat"],
        ["exec", "--no-local", "--", "echo", ":::", "a"],
      ];
      for (const args of cases) {
        const { code, stderr } = await bed.muster(args);
        assert.equal(code, 2, args.join(" "));
        assert.match(stderr, /^muster: .+\n$/);
      }
    });

    it("finds programs and files from the folder it is called in", async () => {
      await using bed = new TestBed(runner);
      mkdirSync(join(bed.folder, "bin"));
      chmodSync(bed.write("bin/greet", "#!/bin/sh\necho hello $1 > out-$1\n"), 0o755);
      assert.equal((await bed.muster(["exec", "bin/greet", "{}", ":::", "a"])).code, 0);
      assert.equal(readFileSync(join(bed.folder, "out-a"), "utf8"), "hello a\n");
    });
  });
}
