/** A place in the network. */
export type Place = { readonly address: string; readonly port: number };

/** Where a packet came from; `socket` is carried through to the reply unread. */
export type Source = Place & { readonly socket: number };

/** A packet that opened, with its keys and ids as hex. */
export type Hint = {
  readonly kind: "announce" | "query" | "reply";
  readonly role: "node" | "client" | "scheduler";
  readonly hostKey: string;
  readonly instance: string;
  readonly sequence: number;
  readonly port: number;
  readonly udpPort: number;
  readonly addresses: readonly string[];
  readonly peers: readonly Place[];
  /** In a reply the instance of the query that it answers. */
  readonly answers: string | undefined;
};

/** Everything that can happen to discovery. */
export type DiscoveryEvent =
  /** This host's addresses, loopback left out: at the start, and when they have changed. */
  | { readonly type: "addresses"; readonly own: readonly string[] }
  /** Places that are asked although nothing was heard of them. They replace those given before. */
  | { readonly type: "seeds"; readonly places: readonly Place[] }
  | { readonly type: "packet"; readonly hint: Hint; readonly source: Source }
  /** Time has passed; what is due is looked at on every step, whatever its events. */
  | { readonly type: "tick" };
