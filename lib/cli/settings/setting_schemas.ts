import { z } from "zod";
import { logLevels } from "../../platform/logger.ts";
import { parseDuration } from "../duration.ts";
import { limits } from "../../proto/limits.ts";

/** A whole number. */
export const wholeNumber = z.int({ error: "give a whole number" });

/** A path of a file or folder. */
export const path = z.string({ error: "give a path" }).min(1, "give a path");

const address = z.string({ error: "give an address" }).min(1, "give an address");

/** One or several addresses. */
export const addresses = z.array(address, { error: "give a list" }).min(1, "give an address");

/** A TCP port; 0 takes a free one. */
export const port = wholeNumber.refine((number) => number >= 0 && number <= 65_535, "give a port");

/** What a daemon calls itself. */
export const name = z.string({ error: "give a name" }).min(1, "give a name").refine(
  (text) => new TextEncoder().encode(text).length <= limits.maxNameBytes,
  `give a name of at most ${limits.maxNameBytes} bytes`,
);

/** Where others reach a daemon. */
export const extHosts = addresses.max(
  limits.maxDiscoveryAddresses,
  `give at most ${limits.maxDiscoveryAddresses} addresses`,
);

/** Places to dial. */
export const places = addresses.max(limits.maxNodes, `give at most ${limits.maxNodes} addresses`);

/** A time as people write it, such as the examples. */
export const durationLike = (examples: string): z.ZodString =>
  z.string({ error: `give a duration such as ${examples}` }).refine(
    (text) => parseDuration(text) !== undefined,
    `give a duration such as ${examples}, at most 24d`,
  );

/** How much a daemon tells. */
export const logLevel = z.enum(logLevels, { error: `give ${logLevels.join(", ")}` });
