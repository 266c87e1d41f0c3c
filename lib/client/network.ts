import { hostname } from "node:os";
import { AuthorizedKeys } from "../net/authorized_keys.ts";
import { dial } from "../net/dial.ts";
import { loadIdentity, loadKeys, loadSharedKeys } from "../net/keys.ts";
import { listen } from "../net/listen.ts";
import { loadKnownHosts } from "../net/policy.ts";
import type { Connection } from "../net/types.ts";
import { limits } from "../proto/limits.ts";
import type { Suite } from "../wire/handshake.ts";
import type { DiscoveredNodesOptions } from "./discovered_nodes.ts";
import type { NodeTarget } from "./node_target.ts";

/** How a client reaches nodes, and they it. */
export type ClientNetwork = {
  /** @param hostKey The only one accepted there, if it is known. */
  readonly dial: (
    target: NodeTarget,
    signal: AbortSignal,
    hostKey?: Uint8Array,
  ) => Promise<Connection>;
  readonly listen: (
    place: NodeTarget,
    onConnection: (connection: Connection) => void,
  ) => Promise<{ close(): Promise<void> }>;
  /** Finds nodes and connects to them. */
  readonly search: (options: SearchOptions) => Promise<{ close(): Promise<void> }>;
};

/** What a search for nodes is for. */
export type SearchOptions = Pick<
  DiscoveredNodesOptions,
  "seeds" | "ownNodes" | "use" | "onUnreachable"
>;

/**
 * Gets ready to dial nodes, and to take those that dial, as one client: its nodes know it by one identity.
 *
 * @param hosts Those it will dial or listen on.
 * @param options.isSearch Whether it will search, for which a secret must have been put in place.
 * @param options.secretFile Instead of the secret in the folder of keys.
 * @param options.cipher What it asks for when it dials, and takes alone when it listens; by default the nodes choose then.
 * @param options.onWarning Takes a line about a connection that was refused.
 * @throws {UsageError} When there is no secret for these hosts, or its file cannot be used.
 */
export async function openNetwork(
  hosts: readonly string[],
  options: {
    readonly isSearch: boolean;
    readonly secretFile: string | undefined;
    readonly cipher: Suite | undefined;
    readonly onWarning: (line: string) => void;
  },
): Promise<ClientNetwork> {
  const { isSearch, secretFile } = options;
  const keys = isSearch
    ? await loadSharedKeys({ secretFile })
    : await loadKeys({ secretFile, bind: hosts });
  const identity = await loadIdentity();
  const name = hostname().slice(0, limits.maxNameBytes);
  const self = { role: "client", name, identity, keys } as const;
  const dialNode = (
    { host, port }: NodeTarget,
    signal: AbortSignal,
    expectedHostKey?: Uint8Array,
  ): Promise<Connection> => {
    const knownHosts = loadKnownHosts();
    const expected = { expectedRoles: ["node"], expectedHostKey } as const;
    const suite = options.cipher;
    return dial({ ...self, host, port, ...expected, knownHosts, suite, signal });
  };
  return {
    dial: dialNode,
    search: async (search) => {
      // Loaded when it is used, as all that is not needed at every start.
      const { DiscoveredNodes } = await import("./discovered_nodes.ts");
      return await DiscoveredNodes.start({
        ...search,
        identity,
        keys,
        dial: (target, hostKey, signal) => dialNode(target, signal, hostKey),
        onProblem: options.onWarning,
      });
    },
    listen: async ({ host, port }, onConnection) => {
      const authorized = new AuthorizedKeys();
      const listener = await listen({
        ...self,
        hosts: [host],
        port,
        accepts: ["node"],
        suite: options.cipher,
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
