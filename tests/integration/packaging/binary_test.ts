import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { version } from "../../../lib/proto/version.ts";
import { root } from "../../../scripts/files.ts";
import { BareHost, binaryName, canHide, hiddenFolders } from "./bare_host.ts";
import { isolations, makeFolder } from "./support.ts";

/** A package of the user, which the executable finds and bundles. */
function addPackage(folder: string): void {
  const home = join(folder, "node_modules", "shouting");
  mkdirSync(home, { recursive: true });
  const manifest = { name: "shouting", version: "1.0.0", type: "module", exports: "./shout.js" };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  const text = "export const shout = (text) => `${text.toUpperCase()}!`;\n";
  writeFileSync(join(home, "shout.js"), text);
}

describe("the executable, with no runtime and no packages in reach", () => {
  let folder = "";
  let host: BareHost;

  before(() => {
    folder = makeFolder("commands");
    addPackage(folder);
    host = new BareHost(folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("runs where this repository and what the user has installed are hidden", {
    skip: !canHide && "hiding folders needs Linux, root and unshare",
  }, async () => {
    for (const hidden of hiddenFolders) {
      const { stdout, stderr } = await host.run(["/bin/ls", "-A", hidden]);
      assert.equal(stdout + stderr, "", hidden);
    }
  });

  it("tells its version", async () => {
    assert.deepEqual(await host.muster("--version"), {
      code: 0,
      stdout: `${version}\n`,
      stderr: "",
    });
  });

  for (const isolation of isolations) {
    it(`maps TypeScript that imports TypeScript, JSON and a package: ${isolation}`, async () => {
      const names = ["ann", "bob", "eve"];
      const { code, stdout, stderr } = await host.muster(
        "map",
        "greet.ts",
        ...names,
        "--raw",
        "--isolation",
        isolation,
      );
      assert.equal(stdout, "HELLO ANN!\nHELLO BOB!\nHELLO EVE!\n", stderr);
      assert.equal(code, 0);
    });

    it(`goes on after a failure, and tells where in the user's file it was: ${isolation}`, async () => {
      const { code, stdout, stderr } = await host.muster(
        "map",
        "greet.ts",
        "nobody",
        "ann",
        "--isolation",
        isolation,
      );
      assert.equal(stdout, '"HELLO ANN!"\n');
      assert.match(stderr, /RangeError: there is no nobody/);
      assert.match(stderr, /at checkName \(names\.ts:3:\d+\)\n\s*at greet \(greet\.ts:6:\d+\)/);
      assert.equal(code, 1);
    });

    it(`takes no settings from .env and bunfig.toml of the folder: ${isolation}`, async () => {
      const { stdout } = await host.muster(
        "map",
        "greet.ts#settings",
        "1",
        "--isolation",
        isolation,
      );
      assert.deepEqual(JSON.parse(stdout), { dotenv: "unseen", preloaded: false });
    });

    it(`stops a job that spins beyond its time, and its use of CPU: ${isolation}`, async () => {
      const flags = ["--jobs", "2", "--timeout", "1s", "--isolation", isolation];
      const idle = await host.timed("map", "busy.ts", "1", "1", ...flags);
      // While the others only wait, one that went on spinning would use 1.7 seconds more.
      const inputs = ["spin", "900", "900", "900", "900"];
      const ended = await host.timed("map", "busy.ts", ...inputs, ...flags);
      const spunSeconds = ended.cpuSeconds - idle.cpuSeconds;
      assert.equal(ended.stdout, '"900"\n'.repeat(4), ended.stderr);
      assert.match(ended.stderr, /longer than its time limit/);
      assert.equal(ended.code, 1);
      assert.ok(spunSeconds > 0.5 && spunSeconds < 2, `used ${spunSeconds} s more than a start`);
    });
  }

  it("refuses code that does not parse before it runs any, with its place and exit code 2", async () => {
    const { code, stdout, stderr } = await host.muster("map", "broken.ts", "1");
    assert.equal(stdout, "");
    assert.ok(stderr.includes(`${join(folder, "broken.ts")}:2:`), stderr);
    assert.equal(code, 2);
  });

  it("refuses wrong usage in one line, with exit code 2", async () => {
    const { code, stdout, stderr } = await host.muster("map", "greet.ts", "ann", "--jobs", "none");
    assert.equal(stdout, "");
    assert.match(stderr, /^muster: [^\n]+\n$/);
    assert.equal(code, 2);
  });

  it("stops at Ctrl-C with exit code 130, having told what was done", {
    skip: process.platform === "win32" && "Windows has no signals",
  }, async () => {
    const binary = join(folder, binaryName);
    const command = [binary, "map", "busy.ts", "1", "60000", "--unordered", "--jobs", "2"];
    const { code, stdout, stderr } = await host.run(command, (pid) => {
      process.kill(pid, "SIGINT");
    });
    assert.equal(stdout, '"1"\n', stderr);
    assert.match(stderr, /1 done/);
    assert.equal(code, 130);
  });

  it("leaves nothing in the folder for temporary files", () => {
    assert.deepEqual(readdirSync(join(folder, "temp")), []);
  });
});

describe("build/SHA256SUMS", () => {
  it("has the checksum of each executable", () => {
    const lines = readFileSync(`${root}/build/SHA256SUMS`, "utf8").trimEnd().split("\n");
    assert.ok(lines.some((line) => line.endsWith(`  ${binaryName}`)));
    for (const line of lines) {
      const [sum, name = ""] = line.split("  ");
      const bytes = readFileSync(`${root}/build/${name}`);
      assert.equal(createHash("sha256").update(bytes).digest("hex"), sum, name);
    }
  });
});
