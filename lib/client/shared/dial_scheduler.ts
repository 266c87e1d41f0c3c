import { hostname } from "node:os";
import { dial } from "../../net/dial.ts";
import { loadIdentity, loadKeys } from "../../net/keys.ts";
import { loadKnownHosts } from "../../net/policy.ts";
import type { Connection } from "../../net/types.ts";
import { limits } from "../../proto/limits.ts";
import type { NodeTarget } from "../node_target.ts";

/**
 * Gets ready to dial a scheduler, as one client however often.
 *
 * @throws {UsageError} When there is no secret for that host, or its file cannot be used.
 */
export async function schedulerDialer(
  { host, port }: NodeTarget,
  secretFile: string | undefined,
): Promise<(signal: AbortSignal) => Promise<Connection>> {
  const keys = await loadKeys({ secretFile, bind: [host] });
  const identity = await loadIdentity();
  const name = hostname().slice(0, limits.maxNameBytes);
  return (signal) =>
    dial({
      role: "client",
      name,
      identity,
      keys,
      host,
      port,
      expectedRoles: ["scheduler"],
      knownHosts: loadKnownHosts(),
      signal,
    });
}
