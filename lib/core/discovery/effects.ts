import type { Place, Source } from "./events.ts";
import type { Member } from "./state.ts";

/** What discovery wants done, in this order. */
export type DiscoveryEffect =
  /** To whoever listens on this host's networks. */
  | { readonly type: "broadcast"; readonly kind: "announce" | "query" }
  /** A query to one place. */
  | { readonly type: "ask"; readonly place: Place }
  | {
    readonly type: "reply";
    readonly source: Source;
    /** Instance of the query that it answers. */
    readonly answers: string;
    /** Where other daemons can be asked. */
    readonly peers: readonly Place[];
  }
  /** A daemon is known that was not, or its addresses have changed. */
  | { readonly type: "found"; readonly member: Member }
  | { readonly type: "gone"; readonly member: Member };
