import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { cryptoLengths } from "../wire/crypto.ts";
import type { Crypto } from "../wire/crypto.ts";
import {
  clusterKeysOf,
  fingerprintOf,
  formatKeyLine,
  KeyFileError,
  parseKeyFile,
} from "../wire/keyfile.ts";
import type { KeyLine } from "../wire/keyfile.ts";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";
import { isLoopback } from "./addresses.ts";
import { loadCrypto } from "./crypto.ts";
import {
  createSecretFile,
  keyFileNames,
  type KeyPlaces,
  musterHome,
  readSecretFile,
  secretPlace,
} from "./key_files.ts";
import type { Identity, Keyring } from "./types.ts";

/**
 * The secrets of this program's cluster. A program that talks on loopback only gets one by itself.
 *
 * @param options.bind The hosts it listens on or dials.
 * @throws {UsageError} If there is no secret and one of `bind` is beyond loopback, or if the file cannot be used; the
 * message says which command helps.
 */
export async function loadKeys(
  options: KeyPlaces & { readonly bind: readonly string[] },
): Promise<Keyring> {
  const keys = await findKeys(options);
  if (keys !== undefined) return keys;
  const beyond = options.bind.find((host) => !isLoopback(host));
  if (beyond !== undefined) {
    throw new UsageError(
      `Cannot talk to other hosts (${beyond}) without a secret: run "muster keygen" on one host ` +
        `and copy its file to the others, or use 127.0.0.1 only`,
    );
  }
  const path = join(options.home ?? musterHome(), keyFileNames.loopbackSecret);
  return await readOrCreate(path, (crypto) => {
    const secret = new Uint8Array(randomBytes(cryptoLengths.key));
    return `# made by muster, for connections on loopback\n${
      formatKeyLine(crypto, { kind: "cluster", secret })
    }\n`;
  }, keyringOf);
}

/**
 * The secrets that somebody put in place; undefined if nobody did.
 *
 * @throws {UsageError} If the file cannot be used, or a file that was named is not there.
 */
export async function findKeys(places: KeyPlaces): Promise<Keyring | undefined> {
  const crypto = await loadCrypto();
  const { path, isNamed } = secretPlace(places);
  const lines = readKeyLines(crypto, path);
  if (lines !== undefined) return keyringOf(crypto, lines, path);
  if (!isNamed) return undefined;
  throw new UsageError(
    `Cannot read ${path}: there is no such file; "muster keygen --output ${path}" makes one`,
  );
}

/**
 * As {@link findKeys}, for what needs a secret that was put in place: nobody is found with one made by itself.
 *
 * @throws {UsageError} Also if there is none, with the command that makes one.
 */
export async function loadSharedKeys(places: KeyPlaces): Promise<Keyring> {
  const keys = await findKeys(places);
  if (keys !== undefined) return keys;
  throw new UsageError(
    'Cannot find nodes without a secret: run "muster keygen" on one host and copy its file to the ' +
      "others, or name a node of this machine with --nodes 127.0.0.1",
  );
}

/**
 * This host's key, made at the first call ever, with an instance id of this call.
 *
 * @throws {UsageError} If the file cannot be made or used.
 */
export async function loadIdentity(places: Pick<KeyPlaces, "home"> = {}): Promise<Identity> {
  const path = join(places.home ?? musterHome(), keyFileNames.hostKey);
  return await readOrCreate(path, (crypto) => {
    const secretKey = new Uint8Array(randomBytes(cryptoLengths.key));
    return `${formatKeyLine(crypto, { kind: "host", secretKey })}\n`;
  }, identityOf);
}

/** The lines of a key file; undefined if there is none. Throws UsageError. */
export function readKeyLines(crypto: Crypto, path: string): readonly KeyLine[] | undefined {
  const text = readSecretFile(path, limits.maxKeyFileChars);
  if (text === undefined) return undefined;
  try {
    return parseKeyFile(crypto, text);
  } catch (cause) {
    if (!(cause instanceof KeyFileError)) throw cause;
    throw new UsageError(`${cause.message} (${path})`, { cause });
  }
}

async function readOrCreate<T>(
  path: string,
  create: (crypto: Crypto) => string,
  read: (crypto: Crypto, lines: readonly KeyLine[], path: string) => T,
): Promise<T> {
  const crypto = await loadCrypto();
  let lines = readKeyLines(crypto, path);
  if (lines === undefined) {
    createSecretFile(path, create(crypto));
    lines = readKeyLines(crypto, path);
  }
  if (lines === undefined) throw new UsageError(`Cannot read ${path}: it was just removed`);
  return read(crypto, lines, path);
}

function keyringOf(crypto: Crypto, lines: readonly KeyLine[], source: string): Keyring {
  const [first, ...others] = lines.map((line) => {
    if (line.kind === "host") {
      throw new UsageError(`Cannot use ${source} as a secret: it holds the key of a host`);
    }
    return clusterKeysOf(crypto, line);
  });
  if (first === undefined) throw new UsageError(`Cannot use ${source}: it holds no key`);
  return {
    secrets: [first, ...others],
    fingerprint: fingerprintOf(crypto, first.discoveryKey),
    source,
  };
}

function identityOf(crypto: Crypto, [line]: readonly KeyLine[], source: string): Identity {
  if (line?.kind !== "host") {
    throw new UsageError(`Cannot use ${source} as the key of this host: it holds a secret`);
  }
  const hostKey = crypto.publicKeyOf(line.secretKey);
  return {
    hostSecretKey: line.secretKey,
    hostKey,
    fingerprint: fingerprintOf(crypto, hostKey),
    instanceId: new Uint8Array(randomBytes(16)),
  };
}
