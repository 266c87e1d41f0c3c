import { BlockList, isIP } from "node:net";
import { join } from "node:path";
import { cryptoLengths } from "../wire/crypto.ts";
import type { PeerRole } from "../wire/hello.ts";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { musterHome, readPolicyFile } from "./key_files.ts";
import type { KnownHosts } from "./types.ts";

/** Policy files in the folder of keys. */
export const policyFileNames = {
  knownHosts: "known_hosts",
  authorizedKeys: "authorized_keys",
} as const;

/** A line of `authorized_keys`: the roles a host may take, and where from (undefined: from everywhere). */
export type Authorization = {
  readonly roles: ReadonlySet<PeerRole>;
  readonly from: BlockList | undefined;
};

const roles: readonly PeerRole[] = ["node", "client", "scheduler"];

/** A public host key as the policy files have it: base64url, 43 characters. */
export function formatPublicKey(hostKey: Uint8Array): string {
  return hostKey.toBase64({ alphabet: "base64url", omitPadding: true });
}

/**
 * The hosts that may answer a dial; undefined if there is no `known_hosts`: every member may. Read it for each dial.
 *
 * @throws {UsageError} If the file cannot be used, naming the line.
 */
export function loadKnownHosts(home: string = musterHome()): KnownHosts | undefined {
  const source = join(home, policyFileNames.knownHosts);
  const lines = readLines(source);
  if (lines === undefined) return undefined;
  const known = new Set(lines.map(({ key }) => key));
  return { source, accepts: (hostKey) => known.has(formatPublicKey(hostKey)) };
}

/** Reads `authorized_keys`: authorizations by {@link formatPublicKey}; undefined if there is no file. Throws UsageError. */
export function readAuthorizedKeys(source: string): Map<string, Authorization[]> | undefined {
  const lines = readLines(source);
  if (lines === undefined) return undefined;
  const byKey = new Map<string, Authorization[]>();
  for (const { key, words, fail } of lines) {
    const [roleWord = "", option = ""] = words;
    const granted = new Set(roleWord.split(",").map((word) => readRole(word, fail)));
    const from = option.startsWith("from=")
      ? readSources(option.slice("from=".length), fail)
      : undefined;
    byKey.set(key, [...byKey.get(key) ?? [], { roles: granted, from }]);
  }
  return byKey;
}

type Fail = (why: string) => UsageError;
type PolicyLine = { readonly key: string; readonly words: readonly string[]; readonly fail: Fail };

/** Lines of `<public key> <words>`; empty ones and those that begin with `#` are skipped. */
function readLines(source: string): PolicyLine[] | undefined {
  const text = readPolicyFile(source, limits.maxPolicyFileChars);
  return text?.split("\n").flatMap((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return [];
    const [key = "", ...words] = line.split(/\s+/);
    const fail: Fail = (why) => new UsageError(`Cannot use ${source}: line ${index + 1} ${why}`);
    if (!isPublicKey(key)) throw fail("does not begin with a public key of 43 characters");
    return [{ key, words, fail }];
  });
}

function isPublicKey(text: string): boolean {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return bytes.length === cryptoLengths.key && formatPublicKey(bytes) === text;
  } catch {
    return false;
  }
}

function readRole(word: string, fail: Fail): PeerRole {
  const role = roles.find((name) => name === word);
  if (role === undefined) throw fail(`has no role of ${roles.join(", ")} behind the key`);
  return role;
}

/** Addresses and networks, as `10.0.0.0/8,fd00::/8`. */
function readSources(text: string, fail: Fail): BlockList {
  const list = new BlockList();
  for (const part of text.split(",")) {
    const [address = "", bits] = part.split("/");
    const version = isIP(address);
    const maxBits = version === 4 ? 32 : 128;
    const prefix = bits === undefined ? maxBits : Number(bits);
    const isSound = version !== 0 && /^\d+$/.test(bits ?? "0") && prefix <= maxBits;
    if (!isSound) throw fail(`has no address or network in ${JSON.stringify(part)}`);
    list.addSubnet(address, prefix, version === 4 ? "ipv4" : "ipv6");
  }
  return list;
}
