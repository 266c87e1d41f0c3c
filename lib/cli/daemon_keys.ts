import { findKeys, loadKeys } from "../net/keys.ts";
import type { Keyring } from "../net/types.ts";

/** What a daemon was asked for, as far as its keys are concerned. */
export type KeyRequest = {
  readonly secretFile: string | undefined;
  /** Where it listens, as far as that was said. */
  readonly hosts: readonly string[] | undefined;
};

/**
 * The secret that was put in place; else the one that this machine's programs share by themselves.
 *
 * @param others Hosts that the daemon talks to.
 * @throws {UsageError} When there is none and a host is beyond loopback, or its file cannot be used.
 */
export async function loadDaemonKeys(
  { secretFile, hosts = [] }: KeyRequest,
  others: readonly { readonly host: string }[],
): Promise<{ readonly keys: Keyring; readonly isShared: boolean }> {
  const shared = await findKeys({ secretFile });
  if (shared !== undefined) return { keys: shared, isShared: true };
  const bind = [...hosts, ...others.map(({ host }) => host)];
  return { keys: await loadKeys({ secretFile, bind }), isShared: false };
}
