// Sets up, then starts a script with Bun, by its name in this folder (`node scripts/run.mjs test --runtime deno`) or by
// its path in the repository (`node scripts/run.mjs examples/js_report`).
import { spawn } from "node:child_process";
import { root, runtimePath, setup } from "./setup.mjs";

const [script, ...args] = process.argv.slice(2);
setup();
const path = script.includes("/") ? script : `scripts/${script}`;
const child = spawn(runtimePath("bun"), [`${root}/${path}.ts`, ...args], {
  cwd: root,
  stdio: "inherit",
});
// Ctrl-C reaches the script too: wait for it to clean up.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => child.kill("SIGTERM"));
child.on("error", (error) => {
  throw error;
});
child.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
