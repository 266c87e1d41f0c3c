import { limits } from "../proto/limits.ts";

const unitsMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Reads a duration as people write it: `10s`, `1.5m`, `250ms`, `2h`, `7d`; a bare number is seconds.
 *
 * @returns Milliseconds; undefined if it is no duration, or none that a timer can hold.
 */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text.trim());
  if (match === null) return undefined;
  const durationMs = Number(match[1]) * (unitsMs[match[2] ?? "s"] ?? NaN);
  return durationMs > 0 && durationMs <= limits.maxDurationMs ? durationMs : undefined;
}
