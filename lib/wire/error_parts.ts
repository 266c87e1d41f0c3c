import { errorClasses, hiddenErrorProperties } from "./value_tags.ts";
import type { ErrorClass } from "./value_tags.ts";

/** What travels of an error beside its enumerable properties. */
export type ErrorParts = {
  readonly errorClass: ErrorClass;
  readonly name: string;
  /** Undefined if the error has no message of its own. */
  readonly message: string | undefined;
  readonly stack: string | undefined;
  /** Own properties of built-in errors that are present and not enumerable, such as `cause`. */
  readonly hiddenKeys: readonly string[];
};

type ErrorMaker = (message: string | undefined, name: string) => Error;

const makers: { readonly [name in ErrorClass]: ErrorMaker } = {
  Error: (message) => new Error(message),
  EvalError: (message) => new EvalError(message),
  RangeError: (message) => new RangeError(message),
  ReferenceError: (message) => new ReferenceError(message),
  SyntaxError: (message) => new SyntaxError(message),
  TypeError: (message) => new TypeError(message),
  URIError: (message) => new URIError(message),
  AggregateError: (message) => new AggregateError([], message),
  SuppressedError: (message) =>
    typeof SuppressedError === "undefined"
      ? new Error(message)
      : new SuppressedError(undefined, undefined, message),
  DOMException: (message, name) => new DOMException(message, name),
};

/** The classes themselves; a runtime may lack the youngest. */
const builtIns: { readonly [name in ErrorClass]: (new (...args: never[]) => Error) | undefined } = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
  SuppressedError: typeof SuppressedError === "undefined" ? undefined : SuppressedError,
  DOMException,
};

/** Where JavaScriptCore notes the line that made an error; on a rebuilt error they would name our own code. */
const originKeys = ["line", "column", "sourceURL", "originalLine", "originalColumn"] as const;

/** Takes an error apart. */
export function errorParts(error: Error): ErrorParts {
  const { message, stack }: { message: unknown; stack?: unknown } = error;
  return {
    errorClass: errorClassOf(error),
    name: String(error.name),
    message: message === "" && !Object.hasOwn(error, "message") ? undefined : String(message),
    stack: typeof stack === "string" ? stack : undefined,
    hiddenKeys: hiddenErrorProperties.filter((key) => isHidden(error, key)),
  };
}

/** Makes an error that has the class, name, message and stack of the original. */
export function makeError(parts: Omit<ErrorParts, "hiddenKeys">): Error {
  const error = makers[parts.errorClass](parts.message, parts.name);
  for (const key of originKeys) Reflect.deleteProperty(error, key);
  defineHidden(error, "stack", parts.stack);
  if (error.name !== parts.name) defineHidden(error, "name", parts.name);
  if (error.message !== (parts.message ?? "")) defineHidden(error, "message", parts.message);
  return error;
}

/** Defines a property as built-in errors define theirs: writable, configurable, not enumerable. */
export function defineHidden(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

/** The nearest built-in class. */
function errorClassOf(error: Error): ErrorClass {
  // "Error" stands first and fits every error, so it is looked for last.
  return errorClasses.findLast((name) => {
    const builtIn = builtIns[name];
    return builtIn !== undefined && error instanceof builtIn;
  }) ?? "Error";
}

function isHidden(error: Error, key: string): boolean {
  return Object.getOwnPropertyDescriptor(error, key)?.enumerable === false;
}
