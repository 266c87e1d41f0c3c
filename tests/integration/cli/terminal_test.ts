// deno-lint-ignore-file no-control-regex
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { noTerminal, terminalCommand } from "../../harness/pseudo_terminal.ts";
import { musterRunners } from "../../harness/runners.ts";
import { TestBed } from "../../harness/test_bed.ts";

const twenty = Array(20).fill("50");

for (const runner of musterRunners()) {
  describe(`muster map on a terminal (${runner.name})`, { skip: noTerminal }, () => {
    const onTerminal = (...args: string[]): string[] =>
      terminalCommand([...runner.command, ...args]);

    it("draws a bar with count, failures, rate and time left, and takes it away", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const args = ["map", "jobs.ts#wait", "--jobs", "2", "-o", "out", ...twenty];
      const { code, stdout } = await bed.spawn(onTerminal(...args), { stdin: null }).ended();
      assert.equal(code, 0);
      assert.match(stdout, /\[\x1b\[32m=+\x1b\[39m +\] {2}\d+\/20 {2}[\d.]+ jobs\/s {2}ETA \d/);
      // The cursor is back and the line is cleared before the last words.
      assert.match(stdout, /\x1b\[\?25h[^]*\x1b\[2K20 done, [^\n]*\n$/);
    });

    it("counts failures in it, without colours when NO_COLOR is set", async () => {
      await using bed = new TestBed(runner);
      bed.write(
        "fails.ts",
        `export default async (text: string): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, Number(text)));
  throw new Error("no");
};
`,
      );
      const command = onTerminal("map", "fails.ts", "--jobs", "2", ...twenty);
      const { code, stdout } = await bed.spawn(command, { stdin: null, env: { NO_COLOR: "1" } })
        .ended();
      assert.equal(code, 1);
      assert.match(stdout, /\] {2}\d+\/20 {2}\d+ failed {2}/);
      assert.doesNotMatch(stdout, /\x1b\[3\dm/);
    });

    it("keeps results and bar apart", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const command = onTerminal("map", "jobs.ts#wait", "--jobs", "2", "--raw", ...twenty);
      const { stdout } = await bed.spawn(command, { stdin: null }).ended();
      // From the moment the bar is drawn until it is wiped; Deno wipes once more at its start.
      const shown = stdout.replace(/\x1b7[^]*?\x1b\[2K|\x1b\[(0G|2K|J)/g, "");
      assert.equal(shown.match(/(^|\r\n)50(?=\r\n)/g)?.length, 20, JSON.stringify(stdout));
    });

    it("stops at Ctrl-C, with the cursor back", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const args = ["map", "jobs.ts#wait", "--jobs", "2", "-o", "out", ...Array(99).fill("50")];
      const running = bed.spawn(onTerminal(...args), { stdin: null });
      await running.until("the bar is there", () => running.stdout.includes("ETA"));
      running.write("\x03");
      const { code, stdout } = await running.ended();
      assert.equal(code, 130);
      assert.match(stdout, /\d+ done, \d+ cancelled/);
      assert.ok(stdout.lastIndexOf("\x1b[?25h") > stdout.lastIndexOf("\x1b[?25l"));
    });

    it("asks for inputs rather than read what is typed", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const { code, stdout } = await bed.spawn(onTerminal("map", "jobs.ts"), { stdin: null })
        .ended();
      assert.equal(code, 2);
      assert.match(stdout, /muster: Cannot map without inputs: give them as arguments/);
    });

    it("draws nothing where standard error is no terminal", async () => {
      await using bed = new TestBed(runner);
      bed.useJobs();
      const { stderr } = await bed.muster(["map", "jobs.ts#wait", "--jobs", "2", ...twenty]);
      assert.match(stderr, /^20 done, [^\n]*\n$/);
    });
  });
}
