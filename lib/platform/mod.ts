import process from "node:process";
import { bunPlatform } from "./bun.ts";
import { type DenoNamespace, denoPlatform } from "./deno.ts";
import type { Platform } from "./types.ts";

/**
 * The platform this program runs on.
 *
 * @throws {Error} On any runtime but Bun and Deno.
 */
export function detectPlatform(): Platform {
  const deno = (globalThis as { Deno?: DenoNamespace }).Deno;
  if (deno !== undefined) return denoPlatform(deno);
  const bunVersion = process.versions["bun"];
  if (bunVersion !== undefined) return bunPlatform(bunVersion);
  throw new Error("Run muster with Bun or Deno, or use its executable: this runtime is neither");
}
