// Fails when an import points up, when a pure layer reaches the outside, or when a rule of STYLE is broken in lib/.
import { readFileSync } from "node:fs";
import process from "node:process";
import { listFiles, root } from "./files.ts";
import { checkLayers } from "./layers/layers.ts";

const isTypeScript = (path: string): boolean => path.endsWith(".ts");
const sources = listFiles(["mod.ts", "cli.ts", "job.ts", "lib"], isTypeScript);
const manifest = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
const problems = checkLayers({
  files: new Map(sources.map((path) => [path, readFileSync(`${root}/${path}`, "utf8")])),
  tests: new Set(listFiles(["tests"], isTypeScript)),
  packages: new Set(Object.keys(manifest.dependencies)),
});

for (const { path, line, message } of problems) {
  process.stdout.write(`${path}:${line}: ${message}\n`);
}
process.stdout.write(`${sources.length} files, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
