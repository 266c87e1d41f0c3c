import { hostname } from "node:os";
import { dial } from "../net/dial.ts";
import { loadIdentity, loadKeys } from "../net/keys.ts";
import { loadKnownHosts } from "../net/policy.ts";
import type { Connection } from "../net/types.ts";
import { limits } from "../proto/limits.ts";
import type { NodeTarget } from "./node_links.ts";

/**
 * Gets ready to dial nodes as a client.
 *
 * @param secretFile Instead of the secret in the folder of keys.
 * @throws {UsageError} When there is no secret for these hosts, or its file cannot be used.
 */
export async function createDialer(
  targets: readonly NodeTarget[],
  secretFile: string | undefined,
): Promise<(target: NodeTarget, signal: AbortSignal) => Promise<Connection>> {
  const keys = await loadKeys({ secretFile, bind: targets.map(({ host }) => host) });
  const identity = await loadIdentity();
  const name = hostname().slice(0, limits.maxNameBytes);
  return ({ host, port }, signal) =>
    dial({
      host,
      port,
      role: "client",
      name,
      identity,
      keys,
      knownHosts: loadKnownHosts(),
      signal,
    });
}
