import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const isInstalled = (shell: string): boolean => spawnSync(shell, ["-c", "true"]).status === 0;
const noBash: string | false = isInstalled("bash") ? false : "bash is not installed";

for (const runner of musterRunners()) {
  describe(`muster completion (${runner.name})`, () => {
    it(
      "completes commands, flags, words and files in bash",
      { skip: noBash },
      async () => {
        await using bed = new TestBed(runner);
        bed.write("module.ts", "");
        bed.write("with space.txt", "");
        bed.write("muster.bash", (await bed.muster(["completion", "bash"])).stdout);
        const complete = async (...words: string[]): Promise<string[]> => {
          const script = `. ./muster.bash
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
$(complete -p muster | sed 's/.*-F \\([^ ]*\\) .*/\\1/')
printf '%s\\n' "\${COMPREPLY[@]}"`;
          const command = ["bash", "-c", script, "bash", "muster", ...words];
          const { stdout, stderr } = await bed.spawn(command).ended();
          assert.equal(stderr, "");
          return stdout.split("\n").filter((word) => word !== "").sort();
        };
        assert.deepEqual(await complete("ma"), ["map"]);
        assert.deepEqual(await complete("map", "--retr"), ["--retries", "--retry-failed"]);
        assert.deepEqual(await complete("map", "--halt", ""), ["never", "now", "soon"]);
        assert.deepEqual(await complete("map", "mod"), ["module.ts"]);
        assert.deepEqual(await complete("map", "module.ts", "--input", "mod"), ["module.ts"]);
        assert.deepEqual(await complete("map", "module.ts", "with"), ["with space.txt"]);
        assert.deepEqual(await complete("map", "module.ts", "--jobs", ""), []);
        assert.deepEqual(await complete("completion", ""), ["bash", "fish", "zsh"]);
      },
    );

    it("is a script that zsh and fish can read", async () => {
      await using bed = new TestBed(runner);
      for (const shell of ["zsh", "fish"]) {
        const { stdout, code } = await bed.muster(["completion", shell]);
        assert.equal(code, 0);
        assert.match(stdout, /retry-failed/);
        if (!isInstalled(shell)) continue;
        bed.write(`muster.${shell}`, stdout);
        const { stderr } = await bed.spawn([shell, "-n", `muster.${shell}`]).ended();
        assert.equal(stderr, "");
      }
    });
  });
}
