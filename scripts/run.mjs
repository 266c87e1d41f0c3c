// Sets up, then starts a script of this folder with Bun: `node scripts/run.mjs test --runtime deno`.
import { spawn } from "node:child_process";
import { root, runtimePath, setup } from "./setup.mjs";

const [script, ...args] = process.argv.slice(2);
setup();
const child = spawn(runtimePath("bun"), [`${root}/scripts/${script}.ts`, ...args], {
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
