import { randomBytes } from "node:crypto";
import type { JobId } from "../proto/ids.ts";

const prefixBytes = 10;
const counterDigits = 12;

/**
 * Mints job ids: 80 random bits of this client and 48 bits that count, in hex. They are as unique as random ones and
 * cost a fraction.
 */
export function createIdMint(): () => JobId {
  const prefix = randomBytes(prefixBytes).toString("hex");
  let count = 0;
  return () => {
    count += 1;
    return (prefix + count.toString(16).padStart(counterDigits, "0")) as JobId;
  };
}
