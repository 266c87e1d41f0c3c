import { z } from "zod";
import { suiteNames } from "../../wire/handshake.ts";
import { tagSchema } from "../../client/requirements.ts";
import { limits } from "../../proto/limits.ts";
import {
  addresses,
  durationLike,
  extHosts,
  logLevel,
  name,
  path,
  places,
  port,
  wholeNumber,
} from "../settings/setting_schemas.ts";

/** What a file of options of a node may hold, by the names of the flags. */
export const nodeSettingsSchema = z.strictObject({
  name: name.optional(),
  cpus: wholeNumber.refine(
    (cpus) => cpus !== 0 && cpus <= limits.maxSlots,
    `give 1 to ${limits.maxSlots}, or a negative number to leave so many cores free`,
  ).optional(),
  host: addresses.optional(),
  port: port.optional(),
  extHost: extHosts.optional(),
  join: addresses.optional(),
  dial: places.optional(),
  tag: z.array(tagSchema, { error: "give a list" })
    .max(limits.maxTags, `give at most ${limits.maxTags} tags`).optional(),
  isolation: z.enum(["process", "worker"], { error: "give process or worker" }).optional(),
  destPath: path.optional(),
  keepResults: durationLike("12h or 7d").optional(),
  secretFile: path.optional(),
  cipher: z.enum(suiteNames, { error: `give ${suiteNames.join(" or ")}` }).optional(),
  logLevel: logLevel.optional(),
});

/** Options of a node that were given, by flags or in a file. */
export type NodeSettings = z.infer<typeof nodeSettingsSchema>;
