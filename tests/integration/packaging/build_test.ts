import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { binaryName, parseBuildOptions } from "../../../scripts/build/targets.ts";
import { root } from "../../../scripts/files.ts";
import { runtimePath } from "../../../scripts/setup.mjs";
import { makeFolder, run } from "./support.ts";

describe("scripts/build-binaries.ts", () => {
  it("builds for five platforms unless it is told which", () => {
    const names = (args: string[]): string[] => {
      const { targets, runtime } = parseBuildOptions(args);
      return targets.map((target) => binaryName(target, runtime));
    };
    assert.deepEqual(names([]), [
      "muster-linux-x64",
      "muster-linux-arm64",
      "muster-darwin-x64",
      "muster-darwin-arm64",
      "muster-windows-x64.exe",
    ]);
    assert.deepEqual(names(["--only", "windows-x64,linux-arm64", "--runtime", "deno"]), [
      "muster-windows-x64-deno.exe",
      "muster-linux-arm64-deno",
    ]);
  });

  it("refuses a platform and a runtime that it does not know, in one line", () => {
    assert.throws(() => parseBuildOptions(["--only", "linux-x86"]), /^TypeError: Cannot build for/);
    assert.throws(() => parseBuildOptions(["--runtime", "node"]), /^TypeError: Cannot build with/);
  });

  it("says in one line why there is no executable with Deno when its runtime cannot be had", async () => {
    const cache = makeFolder();
    const script = join(root, "scripts", "build-binaries.ts");
    const command = [runtimePath("bun"), script, "--only", "linux-arm64", "--runtime", "deno"];
    // Nothing listens there.
    const env = { DENO_DIR: cache, HTTPS_PROXY: "http://127.0.0.1:1" };
    const { code, stderr } = await run(command, { cwd: root, env });
    rmSync(cache, { recursive: true, force: true });
    assert.match(stderr, /^Cannot build muster-linux-arm64-deno: [^\n]*denort[^\n]*\n$/);
    assert.equal(code, 1);
  });
});
