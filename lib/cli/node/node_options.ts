import { hostname } from "node:os";
import { z } from "zod";
import { defaultNodePort } from "../../client/node_target.ts";
import { UsageError } from "../../proto/errors.ts";
import { limits } from "../../proto/limits.ts";

/** What `muster node` was asked for, checked. */
export type NodeRequest = {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly port: number;
  /** Negative: so many fewer than there are cores. */
  readonly cpus: number;
  readonly secretFile: string | undefined;
};

const wholeNumber = z.string().regex(/^-?\d+$/, "give a whole number").transform(Number);

const flagSchema = z.strictObject({
  name: z.string().min(1).refine(
    (name) => new TextEncoder().encode(name).length <= limits.maxNameBytes,
    `give a name of at most ${limits.maxNameBytes} bytes`,
  ).default(() => hostname().slice(0, limits.maxNameBytes)),
  host: z.array(z.string().min(1, "give an address")).default(["127.0.0.1"]),
  port: wholeNumber.refine((port) => port >= 0 && port <= 65_535, "give a port").default(
    defaultNodePort,
  ),
  cpus: wholeNumber.refine(
    (cpus) => cpus !== 0 && cpus <= limits.maxSlots,
    `give 1 to ${limits.maxSlots}, or a negative number to leave so many cores free`,
  ).optional(),
  secretFile: z.string().min(1, "give a file").optional(),
});

/**
 * Checks the flags of `muster node`.
 *
 * @param cores How many it may lend when nothing is said.
 * @throws {UsageError} Naming the flag, the value seen, and what to give instead.
 */
export function parseNodeRequest(
  rawFlags: Readonly<Record<string, unknown>>,
  cores: number,
): NodeRequest {
  const parsed = flagSchema.safeParse(rawFlags);
  if (parsed.success) {
    const { name, host, port, cpus, secretFile } = parsed.data;
    return { name, hosts: host, port, cpus: cpus ?? cores, secretFile };
  }
  const issue = parsed.error.issues[0];
  const name = String(issue?.path[0]);
  const flag = name === "secretFile" ? "--secret-file" : `--${name}`;
  throw new UsageError(`Cannot use ${flag} ${String(rawFlags[name])}: ${issue?.message}`);
}
