import { hostname } from "node:os";
import { AuthorizedKeys } from "../net/authorized_keys.ts";
import { dial } from "../net/dial.ts";
import { loadIdentity, loadKeys } from "../net/keys.ts";
import { listen } from "../net/listen.ts";
import { loadKnownHosts } from "../net/policy.ts";
import type { Connection } from "../net/types.ts";
import { limits } from "../proto/limits.ts";
import type { NodeTarget } from "./node_target.ts";

/** How a client reaches nodes, and they it. */
export type ClientNetwork = {
  readonly dial: (target: NodeTarget, signal: AbortSignal) => Promise<Connection>;
  readonly listen: (
    place: NodeTarget,
    onConnection: (connection: Connection) => void,
  ) => Promise<{ close(): Promise<void> }>;
};

/**
 * Gets ready to dial nodes, and to take those that dial, as one client: its nodes know it by one identity.
 *
 * @param hosts Those it will dial or listen on.
 * @param options.secretFile Instead of the secret in the folder of keys.
 * @param options.onWarning Takes a line about a connection that was refused.
 * @throws {UsageError} When there is no secret for these hosts, or its file cannot be used.
 */
export async function openNetwork(
  hosts: readonly string[],
  options: {
    readonly secretFile: string | undefined;
    readonly onWarning: (line: string) => void;
  },
): Promise<ClientNetwork> {
  const keys = await loadKeys({ secretFile: options.secretFile, bind: hosts });
  const identity = await loadIdentity();
  const name = hostname().slice(0, limits.maxNameBytes);
  const self = { role: "client", name, identity, keys } as const;
  return {
    dial: ({ host, port }, signal) =>
      dial({ ...self, host, port, expectedRole: "node", knownHosts: loadKnownHosts(), signal }),
    listen: async ({ host, port }, onConnection) => {
      const authorized = new AuthorizedKeys();
      const listener = await listen({
        ...self,
        hosts: [host],
        port,
        accepts: ["node"],
        authorize: (peer) => authorized.authorize(peer),
        onConnection,
        onRefused: ({ message }) => options.onWarning(message),
      });
      const unwatch = authorized.watch(() => listener.recheck(), options.onWarning);
      return {
        close: async () => {
          unwatch();
          await listener.close();
        },
      };
    },
  };
}
