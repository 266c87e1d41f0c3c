import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { UsageError } from "../proto/errors.ts";

/** Bits of a mode that let others than the owner read or write, or write. */
const others = { readOrWrite: 0o077, write: 0o022 } as const;

/** The folder of keys and policies: `$MUSTER_HOME`, `$XDG_CONFIG_HOME/muster` or `~/.config/muster`. */
export function musterHome(): string {
  const { MUSTER_HOME: home, XDG_CONFIG_HOME: config } = process.env;
  if (home !== undefined && home !== "") return home;
  if (config !== undefined && config !== "") return join(config, "muster");
  return join(homedir(), ".config", "muster");
}

/** Files in the folder of keys. */
export const keyFileNames = {
  /** The cluster's secret, or the keys of one role. */
  secret: "secret",
  /** Made by itself, for programs that talk on loopback only. */
  loopbackSecret: "loopback_secret",
  hostKey: "host_key",
} as const;

/** Where keys are looked for. */
export type KeyPlaces = {
  /** Instead of `$MUSTER_SECRET_FILE` and of `secret` in the folder. */
  readonly secretFile?: string | undefined;
  /** Instead of the folder of {@link musterHome}. */
  readonly home?: string | undefined;
};

/** Where the secret is that somebody put in place, and whether a file was named. */
export function secretPlace(
  { secretFile, home }: KeyPlaces,
): { readonly path: string; readonly isNamed: boolean } {
  const named = secretFile ?? (process.env["MUSTER_SECRET_FILE"] || undefined);
  const path = named ?? join(home ?? musterHome(), keyFileNames.secret);
  return { path, isNamed: named !== undefined };
}

/** Whether somebody put a secret in place: cheap enough to ask at every start, for it is not read. */
export function isSecretInPlace(places: KeyPlaces): boolean {
  const { path, isNamed } = secretPlace(places);
  return isNamed || fs.existsSync(path);
}

/**
 * Text of a file that holds keys; undefined if there is none.
 *
 * @throws {UsageError} If it cannot be read, is longer than `maxChars`, or others can read it.
 */
export function readSecretFile(path: string, maxChars: number): string | undefined {
  return readChecked(path, maxChars, others.readOrWrite, "600");
}

/**
 * Text of a file that others may read but not change; undefined if there is none.
 *
 * @throws {UsageError} If it cannot be read, is longer than `maxChars`, or others can change it.
 */
export function readPolicyFile(path: string, maxChars: number): string | undefined {
  return readChecked(path, maxChars, others.write, "go-w");
}

/**
 * Makes a file only its owner can read, with all its text at once, and its folder if need be.
 *
 * @returns False if there is such a file already, which stays as it is.
 * @throws {UsageError} If it cannot be made.
 */
export function createSecretFile(path: string, text: string): boolean {
  try {
    fs.mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    return writeNew(path, text);
  } catch (cause) {
    throw new UsageError(`Cannot make ${path}: ${messageOf(cause)}`, { cause });
  }
}

/** Written beside and given its name when whole: two programs that start together agree on the first one's. */
function writeNew(path: string, text: string): boolean {
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = fs.openSync(draft, "wx", 0o600);
  try {
    fs.writeSync(file, text);
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  try {
    fs.linkSync(draft, path);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    fs.unlinkSync(draft);
  }
}

function readChecked(
  path: string,
  maxChars: number,
  forbidden: number,
  chmod: string,
): string | undefined {
  let file: number;
  try {
    file = fs.openSync(path, "r");
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined;
    throw new UsageError(`Cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
  try {
    checkMode(path, fs.fstatSync(file), forbidden, chmod);
    return readUpTo(file, path, maxChars);
  } finally {
    fs.closeSync(file);
  }
}

function checkMode(path: string, stats: fs.Stats, forbidden: number, chmod: string): void {
  // Windows has no such bits. What is no file (a pipe of the shell) has no reader but this program.
  if (process.platform === "win32" || !stats.isFile()) return;
  if ((stats.mode & forbidden) === 0) return;
  const mode = (stats.mode & 0o777).toString(8);
  const what = forbidden === others.write ? "change" : "read";
  throw new UsageError(
    `Cannot use ${path}: others can ${what} it (mode ${mode}); run: chmod ${chmod} ${path}`,
  );
}

function readUpTo(file: number, path: string, maxChars: number): string {
  const bytes = new Uint8Array(maxChars + 1);
  let length = 0;
  try {
    for (;;) {
      const count = fs.readSync(file, bytes, length, bytes.length - length, null);
      length += count;
      if (count === 0 || length === bytes.length) break;
    }
  } catch (cause) {
    throw new UsageError(`Cannot read ${path}: ${messageOf(cause)}`, { cause });
  }
  if (length > maxChars) throw new UsageError(`Cannot read ${path}: it is longer than ${maxChars}`);
  const text = new TextDecoder().decode(bytes.subarray(0, length));
  bytes.fill(0);
  return text;
}

function codeOf(error: unknown): unknown {
  return (error as { readonly code?: unknown }).code;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
