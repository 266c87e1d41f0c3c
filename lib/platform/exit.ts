import process from "node:process";

type Exiting = { exit: (code?: number) => never };

/**
 * Has `report` called with the code before this thread's `process.exit` (and Deno's own `exit`) ends it.
 *
 * @param report Must be done when it returns: the thread ends right after.
 */
export function interceptExit(report: (code: number) => void): void {
  const deno = (globalThis as { Deno?: Exiting }).Deno;
  const exit = process.exit.bind(process) as Exiting["exit"];
  let reported = false;
  const intercepted = (code?: number): never => {
    if (!reported) report(code ?? Number(process.exitCode ?? 0));
    reported = true;
    return exit(code);
  };
  process.exit = intercepted as typeof process.exit;
  if (deno !== undefined) deno.exit = intercepted;
}
