import process from "node:process";

type Exiting = { exit: (code?: number) => never };

/**
 * Has `report` called with the code before this thread's `process.exit` (and Deno's own `exit`) ends it.
 *
 * @param report Must be done when it returns: the thread ends right after.
 */
export function interceptExit(report: (code: number) => void): void {
  let reported = false;
  const intercept = (owner: Exiting): void => {
    const exit = owner.exit.bind(owner);
    owner.exit = (code?: number): never => {
      // In Deno one `exit` may call the other.
      if (!reported) {
        reported = true;
        report(code ?? Number(process.exitCode ?? 0));
      }
      return exit(code);
    };
  };
  intercept(process as Exiting);
  const deno = (globalThis as { Deno?: Exiting }).Deno;
  if (deno !== undefined) intercept(deno);
}
