import type { Backoff } from "../../proto/jobs.ts";
import { limits } from "../../proto/limits.ts";
import { backoffDelayMs } from "../shared/backoff.ts";
import { createRng } from "../shared/rng.ts";
import { BoundedMap } from "./bounded_map.ts";
import { placeKey } from "./state.ts";
import type { Member } from "./state.ts";

/** One address of a member to be dialled now. */
export type Dial = { readonly member: Member; readonly address: string };

type Wanted = { member: Member; phase: "idle" | "dialling" | "open" };
/** What dialling one address has come to. */
type Record = { readonly failures: number; readonly notBeforeMs: number };

const backoff: Backoff = { firstMs: 400, maxMs: 8_000 };
const untried: Record = { failures: 0, notBeforeMs: -Infinity };

/**
 * Which members to dial, at which of their addresses, and when: a few at once, and each address after growing pauses.
 * What members say of themselves is not proven, so they share both bounds.
 */
export class DialPlan {
  readonly #random: () => number;
  /** By instance, the one that waited longest first. */
  readonly #wanted = new Map<string, Wanted>();
  readonly #records = new BoundedMap<string, Record>(limits.maxDiscoveryPlaces);
  #dialling = 0;

  /** @param seed Seed of the jitter in pauses. */
  constructor(seed: number) {
    this.#random = createRng(seed);
  }

  /** Has a member dialled until it is open, and again when it has closed; or takes up its new addresses. */
  want(member: Member): void {
    const wanted = this.#wanted.get(member.instance);
    if (wanted === undefined) this.#wanted.set(member.instance, { member, phase: "idle" });
    else wanted.member = member;
  }

  /** Dials a member no more; what is being dialled or open stays so. */
  drop(member: Member): void {
    const wanted = this.#wanted.get(member.instance);
    if (wanted?.phase === "idle") this.#wanted.delete(member.instance);
  }

  /** What to dial now; each is to be told of by {@link failed} or {@link opened}. */
  due(nowMs: number): Dial[] {
    const dials: Dial[] = [];
    for (const wanted of this.#wanted.values()) {
      if (this.#dialling >= limits.maxDiscoveryDials) break;
      const address = wanted.phase === "idle" ? this.#pick(wanted.member, nowMs) : undefined;
      if (address === undefined) continue;
      wanted.phase = "dialling";
      this.#dialling += 1;
      dials.push({ member: wanted.member, address });
    }
    return dials;
  }

  /** When {@link due} has more; undefined if only events matter. */
  nextMs(): number | undefined {
    if (this.#dialling >= limits.maxDiscoveryDials) return undefined;
    let nextMs = Infinity;
    for (const { member, phase } of this.#wanted.values()) {
      if (phase !== "idle") continue;
      for (const address of member.addresses) {
        nextMs = Math.min(nextMs, this.#recordOf(member, address).notBeforeMs);
      }
    }
    return nextMs === Infinity ? undefined : nextMs;
  }

  /**
   * A dial did not come to a connection.
   *
   * @returns Whether with it every address of the member has failed: the first time this is worth telling.
   */
  failed({ member, address }: Dial, nowMs: number): boolean {
    this.#dialling -= 1;
    const failures = this.#recordOf(member, address).failures + 1;
    this.#rest(member, address, failures, nowMs);
    return failures === 1 &&
      member.addresses.every((each) => this.#recordOf(member, each).failures > 0);
  }

  /** A dial came to a connection. */
  opened({ member, address }: Dial): void {
    this.#dialling -= 1;
    this.#records.set(keyOf(member, address), untried);
    const wanted = this.#wanted.get(member.instance);
    if (wanted !== undefined) wanted.phase = "open";
  }

  /** The connection has ended. */
  closed({ member, address }: Dial, nowMs: number): void {
    this.#rest(member, address, 0, nowMs);
  }

  #rest(member: Member, address: string, failures: number, nowMs: number): void {
    const notBeforeMs = nowMs + backoffDelayMs(backoff, Math.max(1, failures), this.#random());
    this.#records.set(keyOf(member, address), { failures, notBeforeMs });
    const wanted = this.#wanted.get(member.instance);
    if (wanted === undefined) return;
    wanted.phase = "idle";
    this.#wanted.delete(member.instance);
    this.#wanted.set(member.instance, wanted);
  }

  /** The address that failed least often, of those whose pause is over. */
  #pick(member: Member, nowMs: number): string | undefined {
    const ready = member.addresses.filter((address) =>
      this.#recordOf(member, address).notBeforeMs <= nowMs
    );
    const failuresOf = (address: string): number => this.#recordOf(member, address).failures;
    return ready.sort((a, b) => failuresOf(a) - failuresOf(b))[0];
  }

  #recordOf(member: Member, address: string): Record {
    return this.#records.get(keyOf(member, address)) ?? untried;
  }
}

function keyOf({ port }: Member, address: string): string {
  return placeKey({ address, port });
}
