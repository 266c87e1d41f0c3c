import { randomBytes, scrypt } from "node:crypto";
import { cryptoLengths } from "../wire/crypto.ts";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";

/** Fixed, so that every host derives the same secret from the same words. */
const salt = "muster1/default";

/** 128 MiB and a third of a second for each guess. */
const cost = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 } as const;

const consonants = "bdfghjklmnprstvz";
const vowels = "aiou";
const generatedWords = 7;

/** What guessing one word, or one character of it, can take at most, in bits. */
const bitsPerWord = 13;
const bitsPerLetter = 2.6;
const bitsPerCharacter = 4;
const bitsPerDistinct = 6;

/** Seven words that can be spoken and typed, of 16 random bits each. */
export function generatePassphrase(): string {
  for (;;) {
    const bytes = randomBytes(2 * generatedWords);
    const words = Array.from({ length: generatedWords }, (_, index) => {
      return wordOf(bytes.readUInt16BE(2 * index));
    });
    // Two equal words in one passphrase are rare, and would not be taken back.
    if (passphraseBits(words.join(" ")) >= limits.minPassphraseBits) return words.join(" ");
  }
}

/** A low estimate of how many bits an attacker has to guess; words that repeat, and patterns, count once. */
export function passphraseBits(passphrase: string): number {
  const words = new Set(normalize(passphrase).toLowerCase().split(/[^\p{L}\p{N}\p{P}\p{S}]+/u));
  let bits = 0;
  for (const word of words) bits += wordBits(word);
  return Math.floor(bits);
}

/**
 * The cluster secret of a passphrase.
 *
 * @throws {UsageError} If it could be guessed, or is longer than `limits.maxPassphraseChars`.
 */
export function secretOfPassphrase(passphrase: string): Promise<Uint8Array> {
  if (passphrase.length > limits.maxPassphraseChars) {
    throw new UsageError(
      `Cannot use the passphrase: it is longer than ${limits.maxPassphraseChars} characters`,
    );
  }
  const bits = passphraseBits(passphrase);
  if (bits < limits.minPassphraseBits) {
    throw new UsageError(
      `Cannot use the passphrase: about ${bits} bits can be guessed, ${limits.minPassphraseBits} are ` +
        "needed; take seven words at random, or leave it empty to get some",
    );
  }
  return new Promise((resolve, reject) => {
    scrypt(normalize(passphrase), salt, cryptoLengths.key, cost, (error, secret) => {
      if (error instanceof Error) reject(error);
      else resolve(new Uint8Array(secret));
    });
  });
}

/** The same words typed with other spaces, or composed otherwise by another keyboard, are the same passphrase. */
function normalize(passphrase: string): string {
  return passphrase.normalize("NFKC").trim().replaceAll(/\s+/gu, " ");
}

function wordOf(bits: number): string {
  const letter = (letters: string, shift: number): string =>
    letters.charAt((bits >> shift) & (letters.length - 1));
  return letter(consonants, 12) + letter(vowels, 10) + letter(consonants, 6) + letter(vowels, 4) +
    letter(consonants, 0);
}

function wordBits(word: string): number {
  const points = Array.from(word, (character) => character.codePointAt(0) ?? 0);
  const fresh = points.filter((_point, index) => !continuesPattern(points, index)).length;
  if (/^\p{L}*$/u.test(word)) return Math.min(bitsPerWord, fresh * bitsPerLetter);
  return Math.min(fresh * bitsPerCharacter, new Set(points).size * bitsPerDistinct);
}

/** Whether a character goes on as the two before it do: aaa, abc, 321. */
function continuesPattern(points: readonly number[], index: number): boolean {
  const [first, second, third] = [points[index - 2], points[index - 1], points[index]];
  if (first === undefined || second === undefined || third === undefined) return false;
  return third - second === second - first && Math.abs(third - second) <= 1;
}
