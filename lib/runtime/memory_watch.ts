import { readFileSync, writeFileSync } from "node:fs";
import type { Claims } from "./claims.ts";
import { residentBytes } from "./resident_memory.ts";

/** A job that used more memory than its limit allows. */
export type Excess = {
  readonly seq: number;
  readonly limitBytes: number;
  /** Whether it was that job's own, and not left in the process by those before it. */
  readonly isOwn: boolean;
};

/** So much may be left of earlier jobs, as part of the limit, and what is used still counts as the job's own. */
const toleratedShare = 1 / 8;

/**
 * Looks after the memory limits of jobs.
 *
 * Memory of earlier jobs that is not collected yet could make a job look guilty that is not. So one that exceeds its
 * limit is only to blame if it was the first of its process, or began with the process about as small as at the start;
 * any other has to be run again, in a new process.
 */
export class MemoryWatch {
  readonly #claims: Claims;
  readonly #measure: () => number;
  readonly #startBytes: number;
  #seen = { seq: -1, bytes: 0 };

  /** @param measure Gives the memory in use, in bytes. */
  constructor(claims: Claims, measure: () => number = residentBytes) {
    this.#claims = claims;
    this.#measure = measure;
    this.#startBytes = measure();
  }

  /** Gives the running job if it is over its limit. */
  look(): Excess | undefined {
    const limited = this.#claims.limited();
    if (limited === undefined) return undefined;
    const { seq, limitBytes, isFirst } = limited;
    const bytes = this.#measure();
    if (this.#seen.seq !== seq) this.#seen = { seq, bytes };
    // It may have ended while it was measured.
    if (bytes <= limitBytes || this.#claims.running()?.seq !== seq) return undefined;
    const leftBytes = this.#seen.bytes - this.#startBytes;
    return { seq, limitBytes, isOwn: isFirst || leftBytes <= limitBytes * toleratedShare };
  }
}

const excessPath = (progressPath: string): string => `${progressPath}.mem`;

/** Leaves word for the host, right before the process is killed. */
export function writeExcess(progressPath: string, excess: Excess): void {
  writeFileSync(excessPath(progressPath), JSON.stringify(excess), { mode: 0o600 });
}

/** What {@link writeExcess} left; undefined if the process ended for another reason. */
export function readExcess(progressPath: string): Excess | undefined {
  try {
    return JSON.parse(readFileSync(excessPath(progressPath), "utf8")) as Excess;
  } catch {
    return undefined;
  }
}
