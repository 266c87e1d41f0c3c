import { z } from "zod";
import { defaultSeedPort, type NodeTarget, parseNodeTarget } from "../../client/node_target.ts";
import type { Seed } from "../../net/discovery/seeds.ts";
import { type Suite, suiteNames } from "../../wire/handshake.ts";
import { checkFlags, fileFlag } from "../run/run_flags.ts";

/** What `muster nodes` was asked for, checked. */
export type NodesRequest = {
  readonly watch: boolean;
  readonly json: boolean;
  readonly targets: readonly NodeTarget[];
  readonly seeds: readonly Seed[];
  readonly secretFile: string | undefined;
  readonly cipher: Suite | undefined;
};

const flagSchema = z.strictObject({
  watch: z.boolean().optional(),
  json: z.boolean().optional(),
  nodes: z.string().min(1, "give a node").optional(),
  join: z.array(z.string().min(1, "give a host")).optional(),
  secretFile: fileFlag,
  cipher: z.enum(suiteNames).optional(),
});

/**
 * Checks the flags of `muster nodes`.
 *
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseNodesRequest(rawFlags: Readonly<Record<string, unknown>>): NodesRequest {
  const { watch = false, json = false, nodes, join = [], secretFile, cipher } = checkFlags(
    flagSchema,
    rawFlags,
  );
  return {
    watch,
    json,
    targets: (nodes?.split(",") ?? []).map((text) => parseNodeTarget(text)),
    seeds: join.map((text) => parseNodeTarget(text, defaultSeedPort)),
    secretFile,
    cipher,
  };
}
