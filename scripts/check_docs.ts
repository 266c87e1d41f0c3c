// Fails when something that mod.ts exports lacks a description, @param, @returns, @throws or @example.
import { existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { publicSymbols } from "./docs/exports.ts";
import { checkSymbol } from "./docs/tags.ts";
import { root } from "./files.ts";

const entry = "mod.ts";
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
const symbols = existsSync(`${root}/${entry}`) ? publicSymbols(entry, read) : [];
const problems = symbols.flatMap(checkSymbol);

for (const { path, line, message } of problems) {
  process.stdout.write(`${path}:${line}: ${message}\n`);
}
process.stdout.write(`${symbols.length} symbols, ${problems.length} problems\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
