// Fails when something that mod.ts or job.ts exports lacks a description, @param, @returns, @throws or @example.
import { readFileSync } from "node:fs";
import process from "node:process";
import { publicSymbols } from "./docs/exports.ts";
import { checkSymbol } from "./docs/tags.ts";
import { root } from "./files.ts";

const entries = ["mod.ts", "job.ts"];
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
const symbols = entries.flatMap((entry) => publicSymbols(entry, read));
const problems = symbols.flatMap(checkSymbol);

for (const { path, line, message } of problems) {
  process.stdout.write(`${path}:${line}: ${message}\n`);
}
process.stdout.write(`${symbols.length} symbols, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
