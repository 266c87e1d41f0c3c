import { Discovery } from "../net/discovery/discovery.ts";
import { MemberDialer, type MemberDialerOptions } from "../net/discovery/member_dialer.ts";
import type { Seed } from "../net/discovery/seeds.ts";
import type { Identity, Keyring } from "../net/types.ts";

/** What finding nodes needs. */
export type DiscoveredNodesOptions = MemberDialerOptions & {
  readonly identity: Identity;
  readonly keys: Keyring;
  /** Hosts that introduce this one where its questions do not reach. */
  readonly seeds: readonly Seed[];
  /** Whether nodes on this host count. */
  readonly ownNodes: boolean;
  /** Told in one line of what hinders the search. */
  readonly onProblem: (message: string) => void;
};

/** Finds nodes and keeps a connection to each. */
export class DiscoveredNodes {
  readonly #dialer: MemberDialer;
  readonly #discovery: Discovery;

  private constructor(dialer: MemberDialer, discovery: Discovery) {
    this.#dialer = dialer;
    this.#discovery = discovery;
  }

  /** Begins to search. */
  static async start(options: DiscoveredNodesOptions): Promise<DiscoveredNodes> {
    const { identity, keys, seeds, ownNodes: ownDaemons, onProblem } = options;
    const dialer = new MemberDialer(options);
    const discovery = await Discovery.start({
      role: "client",
      identity,
      keys,
      seeds,
      ownDaemons,
      onFound: (member) => {
        if (member.role === "node") dialer.want(member);
      },
      onGone: (member) => dialer.drop(member),
      onProblem,
    });
    return new DiscoveredNodes(dialer, discovery);
  }

  /** Resolves once nothing that was found so far is being dialled any more. */
  dialled(): Promise<void> {
    return this.#dialer.dialled();
  }

  /** Searches and dials no more, from the call on; then waits for the connections, which their user ends. */
  async close(): Promise<void> {
    const dialled = this.#dialer.close();
    await this.#discovery.close();
    await dialled;
  }
}
