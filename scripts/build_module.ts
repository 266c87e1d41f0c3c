// Builds dist/: the library as one self-contained ES module with its types, and the command line for the npm package.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import process from "node:process";
import { bundleFile, bundleOptions } from "./build/bundle.ts";
import { flattenDeclarations } from "./build/declarations.ts";
import { root } from "./files.ts";

const folder = `${root}/dist`;

function write(name: string, text: string): void {
  // In one step: tests of another run may be reading the old one.
  writeFileSync(`${folder}/.${name}`, text);
  renameSync(`${folder}/.${name}`, `${folder}/${name}`);
  process.stdout.write(`dist/${name}: ${Math.ceil(text.length / 1000)} kB\n`);
}

mkdirSync(folder, { recursive: true });
const options = await bundleOptions();
// Deno finds the types by this line, wherever the module is imported from.
write("muster.js", `// @ts-self-types="./muster.d.ts"\n${await bundleFile("mod.ts", options)}`);
write("muster.d.ts", flattenDeclarations("mod.ts"));
write("job.js", `// @ts-self-types="./job.d.ts"\n${await bundleFile("job.ts", options)}`);
write("job.d.ts", flattenDeclarations("job.ts"));
write("cli.js", await bundleFile("cli.ts", options));
write("command.js", await bundleFile("scripts/build/npm_command.ts", options));
