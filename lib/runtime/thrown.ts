import { inspect } from "node:util";
import type { Packed } from "../proto/executor.ts";
import { packValue } from "../wire/value.ts";
import { portableStack } from "./load.ts";

/** Packs what was thrown, or a description of it if it holds something that cannot travel. Never throws itself. */
export function packThrown(thrown: unknown): Packed {
  try {
    if (thrown instanceof Error) makePortable(thrown);
    return packValue(thrown);
  } catch {
    return packValue(describe(thrown));
  }
}

function makePortable(error: Error): void {
  const { stack } = error;
  if (typeof stack !== "string") return;
  const portable = portableStack(stack);
  // An error may be frozen.
  if (portable !== stack) error.stack = portable;
}

/** The same error with nothing but texts; whatever of it cannot even be read is left out. */
function describe(thrown: unknown): Error {
  const error = read(() => thrown instanceof Error ? thrown : undefined);
  const message = read(() => error === undefined ? inspect(thrown) : String(error.message));
  const plain = new Error(message ?? "what was thrown cannot even be printed");
  const name = read(() => error && String(error.name));
  if (name !== undefined) plain.name = name;
  const stack = read(() => error && portableStack(String(error.stack)));
  plain.stack = stack ?? `${plain.name}: ${plain.message}`;
  return plain;
}

function read<T>(get: () => T): T | undefined {
  try {
    return get();
  } catch {
    return undefined;
  }
}
