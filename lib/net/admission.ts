import { limits } from "../proto/limits.ts";

/** Something that holds a place until it has proven itself. */
export type Candidate = {
  /** See `addressGroup`. */
  readonly group: string;
  /** Whether it has shown that it holds a secret: such a one is never put out for a newcomer. */
  readonly isMember: boolean;
  /** Puts it out. */
  evict(): void;
};

type Bucket = { tokens: number; filledAtMs: number };

/**
 * Bounds on connections that have not proven themselves. Where all places are taken the oldest stranger goes: whoever
 * holds a secret needs its place for one round trip, whoever sends slowly needs it for long.
 */
export class Admission<C extends Candidate> {
  /** In the order of arrival. */
  readonly #halfOpen = new Set<C>();
  readonly #buckets = new Map<string, Bucket>();

  /** Unproven connections at the moment. */
  get size(): number {
    return this.#halfOpen.size;
  }

  /** Takes a token of an address; false if it has none left. */
  takeToken(group: string, nowMs: number): boolean {
    const bucket = this.#bucketOf(group, nowMs);
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  /** Enters a candidate, putting out another if need be; false if there is no place for it. */
  enter(candidate: C): boolean {
    const same = [...this.#halfOpen].filter(({ group }) => group === candidate.group);
    if (same.length >= limits.maxHalfOpenPerAddress && !this.#evict(same)) return false;
    if (this.#halfOpen.size >= limits.maxHalfOpen && !this.#evict([...this.#halfOpen])) {
      return false;
    }
    this.#halfOpen.add(candidate);
    return true;
  }

  /** Takes a candidate out; one that has proven itself gives its address the token back. */
  leave(candidate: C, hasProven: boolean): void {
    if (!this.#halfOpen.delete(candidate) || !hasProven) return;
    const bucket = this.#buckets.get(candidate.group);
    if (bucket !== undefined) bucket.tokens = Math.min(limits.handshakeBurst, bucket.tokens + 1);
  }

  /** Puts everybody out. */
  clear(): void {
    for (const candidate of [...this.#halfOpen]) candidate.evict();
  }

  #evict(candidates: readonly C[]): boolean {
    const oldest = candidates.find(({ isMember }) => !isMember);
    oldest?.evict();
    return oldest !== undefined;
  }

  #bucketOf(group: string, nowMs: number): Bucket {
    const known = this.#buckets.get(group);
    // Moved to the end: the first one is the one that was not used for longest.
    this.#buckets.delete(group);
    const bucket = known ?? { tokens: limits.handshakeBurst, filledAtMs: nowMs };
    const gained = (nowMs - bucket.filledAtMs) * limits.handshakesPerSecond / 1000;
    bucket.tokens = Math.min(limits.handshakeBurst, bucket.tokens + gained);
    bucket.filledAtMs = nowMs;
    this.#buckets.set(group, bucket);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size > limits.maxRememberedAddresses && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    return bucket;
  }
}
