import type { Computation } from "../code/computation.ts";
import { mapStack } from "../code/map_stack.ts";
import { CodeError } from "../proto/errors.ts";

/** A frame that lies in a file, and not inside the runtime. */
const placePattern = /^\s+at (?:.*\()?((?:\/|[A-Za-z]:[\\/]).*:\d+:\d+)\)?$/m;

/**
 * The error for whoever starts a cluster whose code throws while it is loaded: the place in the user's file, and what
 * was thrown as its cause.
 */
export function loadFailure(thrown: unknown, computation: Computation): CodeError {
  if (thrown instanceof CodeError) return thrown;
  if (!(thrown instanceof Error)) {
    return new CodeError(`Cannot load the jobs' code: it threw ${String(thrown)}`, {
      cause: thrown,
    });
  }
  thrown.stack = mapStack(thrown.stack ?? "", computation);
  const place = placePattern.exec(thrown.stack)?.[1];
  // Without a place in the user's files it is our own loader that complains.
  const message = place === undefined
    ? thrown.message
    : `${place}: ${thrown.name}: ${thrown.message}`;
  return new CodeError(message, { cause: thrown });
}
