// deno-lint-ignore-file explicit-module-boundary-types
// Installs the two runtimes into .tools/ and the pinned dependencies into node_modules/. Needs Node 20 and npm only.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");
export const versions = { bun: "1.4.5", deno: "2.9.6" };
const tools = `${root}/.tools`;
const suffix = process.platform === "win32" ? ".cmd" : "";

/** Path of a runtime's command, "bun" or "deno". */
export const runtimePath = (name) => `${tools}/node_modules/.bin/${name}${suffix}`;

function installedVersion(name) {
  const manifest = `${tools}/node_modules/${name}/package.json`;
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).version : undefined;
}

/** Makes sure that both runtimes and all dependencies are there, at the pinned versions. */
export function setup() {
  const missing = Object.entries(versions).filter(([name, version]) =>
    installedVersion(name) !== version
  );
  if (missing.length > 0) {
    // The runtimes are not devDependencies: npm and deno cannot lock deno's packages of the other platforms.
    mkdirSync(tools, { recursive: true });
    writeFileSync(`${tools}/package.json`, '{ "private": true }\n');
    const packages = missing.map(([name, version]) => `${name}@${version}`);
    execFileSync(`npm${suffix}`, [
      "install",
      "--no-audit",
      "--no-fund",
      "--loglevel=error",
      ...packages,
    ], {
      cwd: tools,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  execFileSync(runtimePath("bun"), ["install", "--frozen-lockfile", "--silent"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup();
