import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import {
  docstringExamples,
  type Example,
  pageExamples,
  withLibrary,
} from "../../scripts/docs/examples.ts";
import { root } from "../../scripts/files.ts";

const timeoutMs = 60_000;
const read = (path: string): string => readFileSync(`${root}/${path}`, "utf8");
const hasLibrary = existsSync(`${root}/mod.ts`);
const runArguments = "Deno" in globalThis ? ["run", "-A", "--no-check"] : ["run"];
const run = promisify(execFile);

function findExamples(): Example[] {
  if (!hasLibrary) return [];
  const pages = existsSync(`${root}/README.md`) ? pageExamples("README.md", read("README.md")) : [];
  return [...docstringExamples("mod.ts", read), ...docstringExamples("job.ts", read), ...pages];
}

describe("examples of the documentation", () => {
  const examples = findExamples();
  let folder = "";

  // Inside the repository, where Deno finds the packages that the library imports.
  before(() => {
    mkdirSync(`${root}/build`, { recursive: true });
    folder = mkdtempSync(`${root}/build/examples-`);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("are found wherever there is a library", () => {
    assert.equal(examples.length > 0, hasLibrary);
  });

  for (const [index, { place, code, prints }] of examples.entries()) {
    it(`run and print what they say: ${place}`, async () => {
      const file = `${folder}/example_${index}.ts`;
      writeFileSync(file, `${withLibrary(code, "../../mod.ts")}\n`);
      const command = [...runArguments, file];
      const { stdout } = await run(process.execPath, command, { cwd: root, timeout: timeoutMs });
      if (prints !== undefined) assert.deepEqual(stdout.trimEnd().split("\n"), prints);
    });
  }
});
