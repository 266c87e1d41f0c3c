import { z } from "zod";
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

const policies = ["fair", "fifo", "early"] as const;
const durabilities = ["full", "normal", "memory"] as const;

const jobCount = wholeNumber.refine(
  (count) => count >= 1 && count <= limits.maxOpenJobs,
  `give a whole number from 1 to ${limits.maxOpenJobs}`,
);

/** What a file of options of a scheduler may hold, by the names of the flags. */
export const schedulerSettingsSchema = z.strictObject({
  name: name.optional(),
  host: addresses.optional(),
  port: port.optional(),
  extHost: extHosts.optional(),
  join: addresses.optional(),
  nodes: places.optional(),
  discover: z.boolean({ error: "give true or false" }).optional(),
  policy: z.enum(policies, { error: `give ${policies.join(", ")}` }).optional(),
  durability: z.enum(durabilities, { error: `give ${durabilities.join(", ")}` }).optional(),
  journal: path.optional(),
  resultExpiry: durationLike("12h or 7d").optional(),
  lostAfter: durationLike("5s or 1m").optional(),
  maxOpenJobs: jobCount.optional(),
  maxJobsPerClient: jobCount.optional(),
  secretFile: path.optional(),
  logLevel: logLevel.optional(),
});

/** Options of a scheduler that were given, by flags or in a file. */
export type SchedulerSettings = z.infer<typeof schedulerSettingsSchema>;
