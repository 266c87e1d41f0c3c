// Builds the executables in build/, with their checksums: [--only linux-x64,...] [--runtime bun|deno].
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { bundleOptions } from "./build/bundle.ts";
import { compileWithBun, compileWithDeno } from "./build/compile.ts";
import { binaryName, type BuildOptions, parseBuildOptions } from "./build/targets.ts";
import { root } from "./files.ts";

const folder = `${root}/build`;
const usageCode = 2;

/** Gives how many could not be built. */
async function build({ runtime, targets }: BuildOptions): Promise<number> {
  const options = await bundleOptions();
  const compile = runtime === "bun" ? compileWithBun : compileWithDeno;
  let failed = 0;
  for (const target of targets) {
    const name = binaryName(target, runtime);
    try {
      await compile(target, `${folder}/${name}`, options);
    } catch (error) {
      failed += 1;
      process.stderr.write(`Cannot build ${name}: ${(error as Error).message}\n`);
    }
  }
  return failed;
}

/** Of all executables in the folder, also those of earlier runs. */
function writeSums(): void {
  const names = readdirSync(folder).filter((name) => name.startsWith("muster-")).sort();
  const rows = names.map((name) => {
    const path = `${folder}/${name}`;
    const sum = createHash("sha256").update(readFileSync(path)).digest("hex");
    return { name, megabytes: (statSync(path).size / 1e6).toFixed(1), sum };
  });
  writeFileSync(`${folder}/SHA256SUMS`, rows.map(({ sum, name }) => `${sum}  ${name}\n`).join(""));
  for (const { name, megabytes, sum } of rows) {
    process.stdout.write(`${name.padEnd(24)} ${megabytes.padStart(6)} MB  ${sum}\n`);
  }
}

async function main(): Promise<number> {
  let options: BuildOptions;
  try {
    options = parseBuildOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return usageCode;
  }
  mkdirSync(folder, { recursive: true });
  const failed = await build(options);
  writeSums();
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
