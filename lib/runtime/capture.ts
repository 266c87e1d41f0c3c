import { format, inspect } from "node:util";
import process from "node:process";
import type { OutputStream } from "../proto/executor.ts";

/** Takes what is printed, at once. */
export type PrintSink = (stream: OutputStream, chunk: string | Uint8Array) => void;

/**
 * From here on, what `console` and the process's streams are given goes to the sink. A Worker has no streams of its
 * own; and in a process the runtime's own streams hold back what a crash then takes along.
 */
export function capturePrinting(sink: PrintSink): void {
  // By its long name, because here the console is an object to change and not a place to print to.
  const target = globalThis.console;
  const line = (stream: OutputStream) => (...args: unknown[]) =>
    sink(stream, `${format(...args)}\n`);
  for (const name of ["log", "info", "debug"] as const) target[name] = line("stdout");
  for (const name of ["error", "warn"] as const) target[name] = line("stderr");
  target.trace = (...args: unknown[]) => sink("stderr", `${new Error(format(...args)).stack}\n`);
  target.dir = (value: unknown, options?: object) => sink("stdout", `${inspect(value, options)}\n`);
  target.table = (value: unknown) => sink("stdout", `${inspect(value)}\n`);
  captureStream(process.stdout, (chunk) => sink("stdout", chunk));
  captureStream(process.stderr, (chunk) => sink("stderr", chunk));
}

function captureStream(
  stream: NodeJS.WriteStream,
  sink: (chunk: string | Uint8Array) => void,
): void {
  stream.write = (
    chunk: Uint8Array | string,
    encoding?: BufferEncoding | ((error?: Error | null) => void),
    done?: (error?: Error | null) => void,
  ): boolean => {
    sink(chunk);
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback !== undefined) queueMicrotask(() => callback());
    return true;
  };
}
