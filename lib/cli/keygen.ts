import { randomBytes } from "node:crypto";
import { join } from "node:path";
import process from "node:process";
import { loadCrypto } from "../net/crypto.ts";
import { createSecretFile, keyFileNames, musterHome, secretPlace } from "../net/key_files.ts";
import { findKeys, loadIdentity, readKeyLines } from "../net/keys.ts";
import { generatePassphrase, secretOfPassphrase } from "../net/passphrase.ts";
import { formatPublicKey } from "../net/policy.ts";
import { UsageError } from "../proto/errors.ts";
import type { Crypto } from "../wire/crypto.ts";
import { clusterKeysOf, fingerprintOf, formatKeyLine, roleLineOf } from "../wire/keyfile.ts";
import { readPassphrase } from "./passphrase_prompt.ts";

/** What `muster keygen` is asked for. */
export type KeygenRequest = {
  /** Whose keys the file is to hold; undefined for the cluster's own secret, which gives all. */
  readonly role: "node" | "client" | undefined;
  /** Take a passphrase instead of random bytes. */
  readonly fromPassphrase: boolean;
  /** The file to make; undefined for `secret` in the folder of keys, or `secret.<role>`. */
  readonly output: string | undefined;
};

/**
 * Makes a key file and says how other hosts get it.
 *
 * @throws {UsageError} If the file is there already, if there is no secret to take a role's keys from, or if the
 * passphrase is weak.
 */
export async function runKeygen(request: KeygenRequest): Promise<void> {
  const { role } = request;
  const crypto = await loadCrypto();
  const name = role === undefined ? keyFileNames.secret : `${keyFileNames.secret}.${role}`;
  const path = request.output ?? join(musterHome(), name);
  const secret = await takeSecret(request, crypto);
  const line = role === undefined
    ? { kind: "cluster", secret } as const
    : roleLineOf(crypto, secret, role);
  if (!createSecretFile(path, `${formatKeyLine(crypto, line)}\n`)) {
    throw new UsageError(
      `Cannot make ${path}: it is there already; move it away first, or name another file with --output`,
    );
  }
  const { discoveryKey } = clusterKeysOf(crypto, { kind: "cluster", secret });
  process.stdout.write(describeFile(path, fingerprintOf(crypto, discoveryKey), role));
}

/**
 * Prints the fingerprints of the secret in use and of this host, whose key is made if need be.
 *
 * @throws {UsageError} If one of the files cannot be used.
 */
export async function printFingerprints(): Promise<void> {
  const keys = await findKeys({});
  const { fingerprint, hostKey } = await loadIdentity();
  const secret = keys === undefined
    ? 'none; "muster keygen" makes one'
    : `${keys.fingerprint}  ${keys.source}`;
  process.stdout.write(
    `secret      ${secret}\n` +
      `host key    ${fingerprint}  ${join(musterHome(), keyFileNames.hostKey)}\n` +
      `public key  ${formatPublicKey(hostKey)}\n`,
  );
}

async function takeSecret(request: KeygenRequest, crypto: Crypto): Promise<Uint8Array> {
  if (request.fromPassphrase) return await takePassphrase();
  if (request.role === undefined) return new Uint8Array(randomBytes(32));
  const { path } = secretPlace({});
  const [first] = readKeyLines(crypto, path) ?? [];
  if (first?.kind === "cluster") return first.secret;
  const why = first === undefined ? "there is none" : `${path} holds the keys of a ${first.kind}`;
  throw new UsageError(
    `Cannot take the keys for a ${request.role} from the cluster's secret: ${why}; ` +
      'run this where "muster keygen" was run',
  );
}

async function takePassphrase(): Promise<Uint8Array> {
  const typed = await readPassphrase("Passphrase (empty to get one): ");
  if (typed !== "") return await secretOfPassphrase(typed);
  const made = generatePassphrase();
  process.stderr.write(`Passphrase: ${made}\n`);
  return await secretOfPassphrase(made);
}

function describeFile(path: string, fingerprint: string, role: KeygenRequest["role"]): string {
  const there = "~/.config/muster";
  const receive = `umask 077; mkdir -p ${there} && set -C && cat > ${there}/secret`;
  return `file         ${path}
fingerprint  ${fingerprint}

Copy it to each ${role === undefined ? "other host" : `host that is a ${role}`}, in place of HOST:
  ssh HOST '${receive}' < ${shellWord(path)}
`;
}

/** A path as one word of a shell. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
