import { concatBytes, utf8 } from "./bytes.ts";
import { cryptoLengths } from "./crypto.ts";
import type { Crypto } from "./crypto.ts";
import { deriveKey } from "./kdf.ts";
import { limits } from "../proto/limits.ts";

/**
 * What a line of a key file holds: the cluster's secret itself, the keys of one role derived from it (so that a
 * client's file cannot make a node), or the secret key of a host.
 */
export type KeyLine =
  | { readonly kind: "cluster"; readonly secret: Uint8Array }
  | { readonly kind: "node"; readonly psk: Uint8Array; readonly discoveryKey: Uint8Array }
  | { readonly kind: "client"; readonly psk: Uint8Array; readonly discoveryKey: Uint8Array }
  | { readonly kind: "host"; readonly secretKey: Uint8Array };

/** The keys one cluster secret, or one role's file, gives its holder. */
export type ClusterKeys = {
  readonly nodePsk: Uint8Array | undefined;
  readonly clientPsk: Uint8Array | undefined;
  readonly discoveryKey: Uint8Array;
};

/** A key file cannot be read. The message never shows what it holds. */
export class KeyFileError extends Error {
  override readonly name = "KeyFileError";
}

const prefix = "muster1";
const checksumBytes = 4;

/** Keys of 32 bytes on a line, by its kind. */
const keysPerLine: { readonly [kind in KeyLine["kind"]]: number } = {
  cluster: 1,
  node: 2,
  client: 2,
  host: 1,
};

/** One line of text: `muster1-<kind>-<base64url of the keys and a checksum>`. */
export function formatKeyLine(crypto: Crypto, line: KeyLine): string {
  const keys = keysOf(line);
  const text = concatBytes(keys, checksumOf(crypto, line.kind, keys)).toBase64({
    alphabet: "base64url",
    omitPadding: true,
  });
  return `${prefix}-${line.kind}-${text}`;
}

/**
 * The lines of a key file, the first being the one in use. Empty lines and lines that begin with `#` are skipped.
 *
 * @throws {KeyFileError} naming the line and what is wrong with it, never its content.
 */
export function parseKeyFile(crypto: Crypto, text: string): KeyLine[] {
  if (text.length > limits.maxKeyFileChars) {
    throw new KeyFileError(`Cannot read the key file: it is longer than ${limits.maxKeyFileChars}`);
  }
  const lines: KeyLine[] = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) return;
    lines.push(parseLine(crypto, line, index + 1));
  });
  if (lines.length === 0) throw new KeyFileError("Cannot read the key file: it holds no key");
  if (lines.length > limits.maxKeyringSecrets) {
    throw new KeyFileError(
      `Cannot read the key file: ${lines.length} keys are more than ${limits.maxKeyringSecrets}`,
    );
  }
  if (lines.some(({ kind }) => kind !== lines[0]?.kind)) {
    throw new KeyFileError("Cannot read the key file: its keys are of different kinds");
  }
  return lines;
}

/** The keys of a line of a cluster's or role's file. */
export function clusterKeysOf(
  crypto: Crypto,
  line: Exclude<KeyLine, { readonly kind: "host" }>,
): ClusterKeys {
  switch (line.kind) {
    case "cluster":
      return {
        nodePsk: deriveKey(crypto, line.secret, "psk/node"),
        clientPsk: deriveKey(crypto, line.secret, "psk/client"),
        discoveryKey: deriveKey(crypto, line.secret, "disc"),
      };
    case "node":
      return { nodePsk: line.psk, clientPsk: undefined, discoveryKey: line.discoveryKey };
    case "client":
      return { nodePsk: undefined, clientPsk: line.psk, discoveryKey: line.discoveryKey };
  }
}

/** The line for a file that holds one role's keys only. */
export function roleLineOf(crypto: Crypto, secret: Uint8Array, role: "node" | "client"): KeyLine {
  return {
    kind: role,
    psk: deriveKey(crypto, secret, `psk/${role}`),
    discoveryKey: deriveKey(crypto, secret, "disc"),
  };
}

/** A host's short name for people: 80 bits of the hash of its public key, in groups of four. */
export function fingerprintOf(crypto: Crypto, publicKey: Uint8Array): string {
  const hash = crypto.sha512(concatBytes(utf8("fingerprint"), publicKey)).slice(0, 10);
  return hash.toHex().match(/.{4}/g)?.join("-") ?? "";
}

function parseLine(crypto: Crypto, line: string, number: number): KeyLine {
  const fail = (reason: string) =>
    new KeyFileError(`Cannot read the key file: line ${number} ${reason}`);
  const match = /^muster1-([a-z]+)-([A-Za-z0-9_-]+)$/.exec(line);
  const [, kind = "", text = ""] = match ?? [];
  if (match === null) throw fail(`is not of the form ${prefix}-<kind>-<key>`);
  if (!isKind(kind)) throw fail("has an unknown kind of key");
  const bytes = decodeBase64(text);
  const keyBytes = keysPerLine[kind] * cryptoLengths.key;
  if (bytes?.length !== keyBytes + checksumBytes) throw fail("is cut short or too long");
  const keys = bytes.slice(0, keyBytes);
  const checksum = checksumOf(crypto, kind, keys);
  if (checksum.some((byte, index) => bytes[keyBytes + index] !== byte)) {
    throw fail("has a typing error: its checksum is wrong");
  }
  return lineOf(kind, keys);
}

function isKind(kind: string): kind is KeyLine["kind"] {
  return Object.hasOwn(keysPerLine, kind);
}

function decodeBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.fromBase64(text, { alphabet: "base64url" });
  } catch {
    return undefined;
  }
}

function lineOf(kind: KeyLine["kind"], keys: Uint8Array): KeyLine {
  const [first, second] = [keys.slice(0, cryptoLengths.key), keys.slice(cryptoLengths.key)];
  switch (kind) {
    case "cluster":
      return { kind, secret: first };
    case "host":
      return { kind, secretKey: first };
    case "node":
    case "client":
      return { kind, psk: first, discoveryKey: second };
  }
}

function keysOf(line: KeyLine): Uint8Array {
  switch (line.kind) {
    case "cluster":
      return line.secret;
    case "host":
      return line.secretKey;
    case "node":
    case "client":
      return concatBytes(line.psk, line.discoveryKey);
  }
}

function checksumOf(crypto: Crypto, kind: string, keys: Uint8Array): Uint8Array {
  return crypto.sha512(concatBytes(utf8(`${prefix}-${kind}`), keys)).slice(0, checksumBytes);
}
