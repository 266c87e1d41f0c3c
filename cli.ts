#!/usr/bin/env bun
import process from "node:process";
import { runCommandLine } from "./lib/cli/program.ts";
import { detectPlatform } from "./lib/platform/mod.ts";

const args = process.argv.slice(2);
if (args[0] === "node" || args[0] === "scheduler") detectPlatform().prepareForService();
const exitCode = await runCommandLine(args);
// What was printed goes out first: `exit` does not wait for a pipe. It is needed where standard input is still open.
for (const stream of [process.stdout, process.stderr]) {
  await new Promise<void>((written) => stream.write("", () => written()));
}
process.exit(exitCode);
