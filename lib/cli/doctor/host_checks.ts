import { join } from "node:path";
import { keyFileNames, musterHome } from "../../net/key_files.ts";
import { findKeys, loadIdentity } from "../../net/keys.ts";
import { type HostAddress } from "../../net/discovery/host_addresses.ts";
import type { Keyring } from "../../net/types.ts";
import { UsageError } from "../../proto/errors.ts";
import { fail, type Finding, ok } from "./check.ts";

/** Whether this host is on a network. */
export function checkAddresses(own: readonly HostAddress[]): Finding {
  if (own.length === 0) {
    return fail("network", "no address but loopback", "connect this host to a network");
  }
  return ok("network", own.map(({ link, address }) => `${address} (${link})`).join(", "));
}

/** The secret, and what there is to say of it. */
export async function checkSecret(
  secretFile: string | undefined,
): Promise<{ readonly finding: Finding; readonly keys: Keyring | undefined }> {
  try {
    const keys = await findKeys({ secretFile });
    if (keys !== undefined) {
      const finding = ok("secret", `${keys.fingerprint} in ${keys.source}`);
      return { finding, keys };
    }
    const path = join(musterHome(), keyFileNames.secret);
    const advice = `run "muster keygen" on one host and copy its file to ${path} of the others`;
    return { finding: fail("secret", `none in ${path}`, advice), keys: undefined };
  } catch (error) {
    return { finding: refused("secret", error), keys: undefined };
  }
}

/** The key of this host, which is made if need be. */
export async function checkHostKey(): Promise<Finding> {
  try {
    const { fingerprint } = await loadIdentity();
    return ok("host key", `${fingerprint} in ${join(musterHome(), keyFileNames.hostKey)}`);
  } catch (error) {
    return refused("host key", error);
  }
}

/** The messages of key files say what is the matter, then what to do. */
function refused(subject: string, error: unknown): Finding {
  if (!(error instanceof UsageError)) throw error;
  const [seen = "", ...advice] = error.message.split("; ");
  return fail(subject, seen, advice.join("; ") || "mend the file, or move it away");
}
