// Fails when a test is hidden without a reason, or uses a part of node:test that the runtimes count differently.
import { readFileSync } from "node:fs";
import process from "node:process";
import { listFiles, root } from "./files.ts";
import { readSkips } from "./testing/skips.ts";

const files = listFiles(["tests"], (path) => path.endsWith("_test.ts"));
let found = 0;
for (const path of files) {
  const { problems } = readSkips(path, readFileSync(`${root}/${path}`, "utf8"));
  for (const { line, message } of problems) process.stdout.write(`${path}:${line}: ${message}\n`);
  found += problems.length;
}
process.stdout.write(`${files.length} files, ${found} problems\n`);
process.exitCode = found === 0 ? 0 : 1;
