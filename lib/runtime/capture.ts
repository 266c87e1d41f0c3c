import { format, inspect } from "node:util";
import process from "node:process";
import { limits } from "../proto/limits.ts";

/** What the code of a job printed. */
export type Printed = { readonly stdout: string; readonly stderr: string };

const truncated = "\n[output cut: over the limit]\n";
let stdout = "";
let stderr = "";

function appendTo(text: string, addition: string): string {
  // Only what was cut is longer.
  if (text.length > limits.maxJobOutputChars) return text;
  const joined = text + addition;
  if (joined.length <= limits.maxJobOutputChars) return joined;
  return joined.slice(0, limits.maxJobOutputChars) + truncated;
}

function out(text: string): void {
  stdout = appendTo(stdout, text);
}

function err(text: string): void {
  stderr = appendTo(stderr, text);
}

/** Takes what was printed since the last call; undefined if nothing was. */
export function takePrinted(): Printed | undefined {
  if (stdout === "" && stderr === "") return undefined;
  const printed = { stdout, stderr };
  stdout = "";
  stderr = "";
  return printed;
}

/**
 * From here on, what `console` and the process's streams are given is kept for {@link takePrinted}. A Worker has no
 * streams of its own, and what it printed could not be told from other jobs' output.
 */
export function capturePrinting(): void {
  // By its long name, because here the console is an object to change and not a place to print to.
  const target = globalThis.console;
  const line = (sink: (text: string) => void) => (...args: unknown[]) =>
    sink(`${format(...args)}\n`);
  for (const name of ["log", "info", "debug"] as const) target[name] = line(out);
  for (const name of ["error", "warn"] as const) target[name] = line(err);
  target.trace = (...args: unknown[]) => err(`${new Error(format(...args)).stack}\n`);
  target.dir = (value: unknown, options?: object) => out(`${inspect(value, options)}\n`);
  target.table = (value: unknown) => out(`${inspect(value)}\n`);
  captureStream(process.stdout, out);
  captureStream(process.stderr, err);
}

function captureStream(stream: NodeJS.WriteStream, sink: (text: string) => void): void {
  const decoder = new TextDecoder();
  stream.write = (
    chunk: Uint8Array | string,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    sink(typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }));
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback !== undefined) queueMicrotask(() => callback());
    return true;
  };
}
