import { z } from "zod";
import { UsageError } from "../proto/errors.ts";
import { checkOptions, describeValue } from "./check_options.ts";
import type { AnyIterable, MapOptions } from "./map_jobs.ts";
import { signalSchema } from "./policy_options.ts";

const mapSchema = z.strictObject({
  ordered: z.boolean().optional(),
  window: z.number().int().min(1).optional(),
  signal: signalSchema,
});

/**
 * Checks what a map is given.
 *
 * @throws {UsageError} Naming what cannot be used.
 */
export function checkMapOptions(inputs: AnyIterable<unknown>, options: MapOptions): void {
  const source: Partial<Iterable<unknown> & AsyncIterable<unknown>> = Object(inputs);
  if (source[Symbol.asyncIterator] === undefined && source[Symbol.iterator] === undefined) {
    throw new UsageError(
      `Cannot map over ${describeValue(inputs)}: give an iterable or async iterable`,
    );
  }
  checkOptions(mapSchema, options);
}
