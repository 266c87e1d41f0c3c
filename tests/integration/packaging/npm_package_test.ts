import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { version } from "../../../lib/proto/version.ts";
import { root } from "../../../scripts/files.ts";
import { checkProject, isDeno, makeFolder, npmAnswers, run, runtimeCommand } from "./support.ts";

const noRegistry = !npmAnswers();

async function runNpm(args: readonly string[], cwd: string): Promise<string> {
  const cache = ["--cache", join(root, ".tools", "cache", "npm"), "--prefer-offline"];
  const { code, stdout, stderr } = await run(["npm", ...args, ...cache], { cwd });
  assert.equal(code, 0, stderr);
  return stdout;
}

describe("the package that npm pack makes", {
  skip: noRegistry && "its dependencies are in the npm registry, which does not answer",
}, () => {
  const tarball = `muster-${version}.tgz`;
  let folder = "";
  let files: string[] = [];

  before(async () => {
    folder = makeFolder("project");
    // The artefacts are there: the test runner has built them.
    const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
    const [packed] = JSON.parse(await runNpm(pack, root));
    files = packed.files.map(({ path }: { readonly path: string }) => path);
    writeFileSync(join(folder, "package.json"), '{ "private": true }');
    await runNpm(["install", "--no-audit", "--no-fund", `./${tarball}`], folder);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("holds JavaScript and its types, and no TypeScript, which Deno refuses in node_modules", () => {
    const expected = [
      "dist/cli.js",
      "dist/command.js",
      "dist/job.d.ts",
      "dist/job.js",
      "dist/muster.d.ts",
      "dist/muster.js",
    ];
    const others = files.filter((path) => !/^(LICENSE|README\.md|package\.json)$/.test(path));
    assert.deepEqual(others.toSorted(), expected);
    assert.ok(files.includes("package.json") && files.includes("LICENSE"));
  });

  it("runs functions and what they import, in Workers and in processes", () =>
    checkProject(folder));

  it("has a command that npm links, which finds the runtime in the PATH", async () => {
    const words = ["map", "triple.ts#triple", "--format", "json", "5"];
    const options = { cwd: folder, env: { PATH: pathWith(folder, isDeno ? "deno" : "bun") } };
    const command = join(folder, "node_modules", ".bin", "muster");
    const { code, stdout, stderr } = await run([command, ...words], options);
    assert.equal(stdout, "15\n", stderr);
    assert.equal(code, 0);
    const wrong = await run([command, "map"], options);
    assert.equal(wrong.code, 2, "the exit code is that of the command line");
  });

  it("has a command that the runtime itself runs", async () => {
    const command = runtimeCommand(join("node_modules", "muster", "dist", "command.js"));
    const words = ["map", "triple.ts#triple", "--format", "json", "5"];
    const { stdout, stderr } = await run([...command, ...words], { cwd: folder });
    assert.equal(stdout, "15\n", stderr);
  });

  it("has a command that says so when neither runtime is in the PATH", async () => {
    const command = [join(folder, "node_modules", ".bin", "muster"), "--version"];
    const options = { cwd: folder, env: { PATH: pathWith(folder, undefined) } };
    const { code, stderr } = await run(command, options);
    assert.equal(stderr, "muster: Cannot start: neither bun nor deno is in the PATH\n");
    assert.equal(code, 127);
  });
});

/** A PATH with Node and the runtime under test alone. */
function pathWith(folder: string, runtime: string | undefined): string {
  const bin = mkdtempSync(join(folder, "bin-"));
  const node = execFileSync("sh", ["-c", "command -v node"], { encoding: "utf8" }).trim();
  symlinkSync(realpathSync(node), join(bin, "node"));
  if (runtime !== undefined) symlinkSync(process.execPath, join(bin, runtime));
  return bin;
}
