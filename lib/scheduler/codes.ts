import * as fs from "node:fs";
import { join } from "node:path";
import { isCodeOf } from "../code/code_hash.ts";
import type { Code } from "../proto/executor.ts";
import type { ComputationId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";
import { decodeCode, encodeCode } from "../wire/scheduler_parts.ts";
import { MalformedTupleError } from "../wire/tuple.ts";

/** Code that was used within this time stays, whether or not a cluster has it. */
const keepMs = 600_000;

/** Code of the computations of all clusters, by what it hashes to: in a folder, and the last ones in memory. */
export class Codes {
  readonly #folder: string | undefined;
  /** Least recently used first. */
  readonly #loaded = new Map<ComputationId, Code>();
  #loadedChars = 0;
  readonly #usedAtMs = new Map<ComputationId, number>();

  /** @param folder Undefined keeps all in memory. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
    if (folder !== undefined) fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** The code of a computation; undefined if it is not here, or damaged. */
  get(id: ComputationId): Code | undefined {
    const code = this.#loaded.get(id) ?? this.#read(id);
    if (code === undefined) return undefined;
    this.#load(id, code);
    return code;
  }

  /** Keeps code; false if it is not what its id says. Throws what the file system does. */
  add(id: ComputationId, code: Code): boolean {
    if (!isCodeOf(id, code)) return false;
    if (this.#folder !== undefined) writeDurably(this.#folder, id, code);
    this.#load(id, code);
    return true;
  }

  /** Removes what is neither used by a cluster nor was used lately. */
  prune(isUsed: (id: ComputationId) => boolean): void {
    const oldestMs = performance.now() - keepMs;
    const ids = this.#folder === undefined
      ? [...this.#loaded.keys()]
      : fs.readdirSync(this.#folder);
    for (const name of ids) {
      const id = name as ComputationId;
      if (isUsed(id) || (this.#usedAtMs.get(id) ?? -Infinity) > oldestMs) continue;
      this.#unload(id);
      this.#usedAtMs.delete(id);
      if (this.#folder !== undefined) fs.rmSync(join(this.#folder, id), { force: true });
    }
  }

  #read(id: ComputationId): Code | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      const { code } = decodeCode(fs.readFileSync(join(this.#folder, id)));
      return isCodeOf(id, code) ? code : undefined;
    } catch (error) {
      if (error instanceof MalformedTupleError) return undefined;
      if ((error as { readonly code?: unknown }).code === "ENOENT") return undefined;
      throw error;
    }
  }

  #load(id: ComputationId, code: Code): void {
    this.#usedAtMs.set(id, performance.now());
    this.#unload(id);
    this.#loaded.set(id, code);
    this.#loadedChars += code.text.length;
    // What has no file must stay.
    if (this.#folder === undefined) return;
    for (const oldest of this.#loaded.keys()) {
      if (this.#loadedChars <= limits.maxCachedCodeChars || oldest === id) return;
      this.#unload(oldest);
    }
  }

  #unload(id: ComputationId): void {
    this.#loadedChars -= this.#loaded.get(id)?.text.length ?? 0;
    this.#loaded.delete(id);
  }
}

/** Written beside and given its name when it is whole and on the disk. */
function writeDurably(folder: string, id: ComputationId, code: Code): void {
  const path = join(folder, id);
  const draft = `${path}.new`;
  const file = fs.openSync(draft, "w", 0o600);
  try {
    fs.writeSync(file, encodeCode({ type: "code", computation: id, code }));
    fs.fsyncSync(file);
  } finally {
    fs.closeSync(file);
  }
  fs.renameSync(draft, path);
}
