import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { root } from "../files.ts";
import { runtimePath } from "../setup.mjs";
import { bundleFile, type BundleOptions } from "./bundle.ts";
import type { Target } from "./targets.ts";

declare const Bun: {
  build(options: Record<string, unknown>): Promise<{ readonly success: boolean }>;
};

/** An executable that holds Bun, and so bundles users' TypeScript by itself. */
export async function compileWithBun(
  target: Target,
  outfile: string,
  options: BundleOptions,
): Promise<void> {
  const system = process.platform === "win32" ? "windows" : process.platform;
  await Bun.build({
    ...options,
    target: "bun",
    // Halves the start, but a bytecode of one platform crashes others.
    bytecode: target.name === `${system}-${process.arch}`,
    entrypoints: [`${root}/cli.ts`],
    compile: {
      target: `bun-${target.name}`,
      outfile,
      // Files of the folder it is used in are the user's, not ours.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
  });
}

/**
 * An executable that holds Deno. It unpacks itself at first use: esbuild is a program of its own.
 *
 * @throws {Error} Saying in one line what `deno compile` said, such as that Deno's runtime for executables is not there.
 */
export async function compileWithDeno(
  target: Target,
  outfile: string,
  options: BundleOptions,
): Promise<void> {
  const entry = `${outfile}.js`;
  writeFileSync(entry, await bundleFile("cli.ts", options));
  const flags = ["--quiet", "--allow-all", "--no-check", "--self-extracting"];
  const { status, stderr } = spawnSync(
    runtimePath("deno"),
    ["compile", ...flags, "--target", target.triple, "--output", outfile, entry],
    { cwd: root, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  rmSync(entry);
  if (status !== 0) throw new Error(reasonIn(stderr));
}

/** The most telling of the lines that Deno gives for an error and its causes. */
function reasonIn(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim());
  return lines.find((line) => /^\d+: error /.test(line))?.replace(/^\d+: /, "") ??
    lines.find((line) => line.startsWith("error: ")) ?? stderr.trim();
}
