import type { HandshakeFailure } from "../wire/handshake.ts";
import { limits } from "../proto/limits.ts";
import type { Refusal } from "./types.ts";

/** Why a listener did not take a connection. */
export type RefusalReason = HandshakeFailure | "tooFast" | "evicted" | "policy";

const compare = 'compare what "muster keygen --fingerprint" prints on both hosts';
const changed = "its bytes were changed on the way, or it is no muster host";

const texts: { readonly [reason in RefusalReason]: string } = {
  timeout: "it did not prove itself in time",
  badMagic: "it does not speak muster's protocol",
  badVersion: "it speaks another version: use the same version of muster on all hosts",
  badSuite: "it speaks another version: use the same version of muster on all hosts",
  badTag: `it has another secret: ${compare}`,
  replay: "it repeated the beginning of an earlier connection",
  badKey: changed,
  malformed: changed,
  downgrade: changed,
  unknownHost: changed,
  badRole: "it wanted a role that its key file does not give",
  unauthorized: "it may not come in",
  unexpectedBytes: changed,
  ended: "it went away before it proved itself",
  tooFast: "it connects too often without proving itself",
  evicted: "it did not prove itself before others needed its place",
  policy: "it may not come in",
};

type Entry = { reportedAtMs: number; count: number };

/** Tells of refused connections, and not more often than somebody can read. */
export class Refusals {
  readonly #report: (refusal: Refusal) => void;
  /** In the order of their last report. */
  readonly #entries = new Map<string, Entry>();

  constructor(report: (refusal: Refusal) => void) {
    this.#report = report;
  }

  /** Notes one; `detail` replaces the text for the reason. */
  note(address: string, reason: RefusalReason, nowMs: number, detail?: string): void {
    const key = `${reason} ${address}`;
    const entry = this.#entries.get(key) ?? { reportedAtMs: -Infinity, count: 0 };
    entry.count++;
    const isDue = nowMs - entry.reportedAtMs >= limits.refusalReportMs;
    if (isDue) this.#tell(key, address, entry, nowMs, detail ?? texts[reason]);
  }

  #tell(key: string, address: string, entry: Entry, nowMs: number, why: string): void {
    const { count } = entry;
    const times = count === 1 ? "" : ` (${count} times)`;
    this.#entries.delete(key);
    this.#entries.set(key, { reportedAtMs: nowMs, count: 0 });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > limits.maxRememberedAddresses && oldest !== undefined) {
      this.#entries.delete(oldest);
    }
    const message = `Refused a connection from ${address}: ${why}${times}`;
    this.#report({ address, count, message });
  }
}
