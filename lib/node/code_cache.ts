import { isCodeOf } from "../code/code_hash.ts";
import type { Code } from "../proto/executor.ts";
import type { ComputationId } from "../proto/ids.ts";
import { limits } from "../proto/limits.ts";

/** Code of the computations that came last, by what it hashes to: the same code travels once. */
export class CodeCache {
  /** Least recently used first. */
  readonly #codes = new Map<ComputationId, Code>();
  #bytes = 0;

  /** The code of a computation, if it is still here. */
  get(id: ComputationId): Code | undefined {
    const code = this.#codes.get(id);
    if (code === undefined) return undefined;
    this.#codes.delete(id);
    this.#codes.set(id, code);
    return code;
  }

  /** Keeps code that was asked for; false if it is not what its name says. */
  add(id: ComputationId, code: Code): boolean {
    if (!isCodeOf(id, code)) return false;
    if (this.#codes.has(id)) return true;
    this.#codes.set(id, code);
    this.#bytes += code.text.length;
    for (const [oldest, { text }] of this.#codes) {
      if (this.#bytes <= limits.maxCachedCodeChars || oldest === id) break;
      this.#codes.delete(oldest);
      this.#bytes -= text.length;
    }
    return true;
  }
}
