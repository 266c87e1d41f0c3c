import { comlink } from "./comlink.ts";
import { muster } from "./muster.ts";
import type { Peer } from "./peer.ts";
import { piscina } from "./piscina.ts";
import { poolifier } from "./poolifier.ts";
import { rawSingle } from "./raw.ts";
import { tinypool } from "./tinypool.ts";

/** Which side of the comparison a contender is on. */
export type Side =
  /** muster as it is by default: the figures to reach are about it. */
  | "muster"
  /** muster with what is not its default in this runtime. */
  | "variant"
  /** A library for the same purpose; the fastest one is what ratios refer to. */
  | "peer"
  /** What the runtime gives without any library. */
  | "raw";

/** One row of the tables. */
export type Contender = { readonly side: Side; readonly peer: Peer };

/** All that are compared, in the order of the tables. */
export function contenders(runtime: "bun" | "deno"): Contender[] {
  const other = runtime === "bun" ? "process" : "worker";
  return [
    { side: "muster", peer: muster("submit") },
    { side: "muster", peer: muster("map") },
    { side: "variant", peer: muster("submit", other) },
    { side: "variant", peer: muster("map", other) },
    { side: "peer", peer: piscina },
    { side: "peer", peer: tinypool },
    { side: "peer", peer: poolifier },
    { side: "peer", peer: comlink },
    { side: "raw", peer: rawSingle },
  ];
}
