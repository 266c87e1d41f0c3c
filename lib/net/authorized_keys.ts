import { statSync } from "node:fs";
import { isIPv6 } from "node:net";
import { join } from "node:path";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { musterHome } from "./key_files.ts";
import { formatPublicKey, policyFileNames, readAuthorizedKeys } from "./policy.ts";
import type { Authorization } from "./policy.ts";
import type { Peer } from "./types.ts";

/** The hosts that may come in: `authorized_keys`. Without the file every member may. */
export class AuthorizedKeys {
  readonly #source: string;
  #seen: string;
  #byKey: ReadonlyMap<string, readonly Authorization[]> | undefined;

  /** @throws {UsageError} If the file cannot be used, naming the line. */
  constructor(home: string = musterHome()) {
    this.#source = join(home, policyFileNames.authorizedKeys);
    this.#seen = signatureOf(this.#source);
    this.#byKey = readAuthorizedKeys(this.#source);
  }

  /** Says why a peer may not come in, for its user and for the log; undefined if it may. */
  authorize(
    peer: Pick<Peer, "hostKey" | "fingerprint" | "role" | "name" | "address">,
  ): string | undefined {
    if (this.#byKey === undefined) return undefined;
    const { hostKey, fingerprint, role, name, address } = peer;
    const key = formatPublicKey(hostKey);
    const listed = this.#byKey.get(key) ?? [];
    const forRole = listed.filter(({ roles }) => roles.has(role));
    if (forRole.length === 0) {
      return `its host key ${fingerprint} is not listed as ${role}; to let it in, add this line to ` +
        `${policyFileNames.authorizedKeys} of the host that refused it: ${key} ${role} ${name}`;
    }
    const host = address.replace(/^\[?(.*?)\]?:\d+$/, "$1");
    const family = isIPv6(host) ? "ipv6" : "ipv4";
    if (forRole.some(({ from }) => from?.check(host, family) ?? true)) return undefined;
    return `its host key ${fingerprint} may not come from ${host}`;
  }

  /**
   * Looks every `limits.policyWatchMs` whether the file has changed. A file that was broken or removed leaves the list
   * as it was: a mistake must not let everybody in.
   *
   * @param onChange Told when another list holds; ask `Listener.recheck` then.
   * @param onProblem Told, with a line for a log, when the file cannot be used.
   * @returns Ends the watch.
   */
  watch(onChange: () => void, onProblem: (message: string) => void): () => void {
    const timer = setInterval(() => {
      const signature = signatureOf(this.#source);
      if (signature === this.#seen) return;
      this.#seen = signature;
      this.#reload(onChange, onProblem);
    }, limits.policyWatchMs);
    timer.unref();
    return () => clearInterval(timer);
  }

  #reload(onChange: () => void, onProblem: (message: string) => void): void {
    try {
      const byKey = readAuthorizedKeys(this.#source);
      if (byKey === undefined) {
        return onProblem(`${this.#source} is gone: its last list holds until a restart`);
      }
      this.#byKey = byKey;
      onChange();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      onProblem(`${error.message}: the list before holds`);
    }
  }
}

/** Differs whenever a file was written. */
function signatureOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? "none" : `${stats.ino} ${stats.mtimeMs} ${stats.size}`;
}
