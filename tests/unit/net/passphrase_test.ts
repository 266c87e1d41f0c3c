import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  generatePassphrase,
  passphraseBits,
  secretOfPassphrase,
} from "../../../lib/net/passphrase.ts";
import { limits } from "../../../lib/proto/limits.ts";

describe("passphrases", () => {
  it("that are made here are taken, and no two are equal", () => {
    const made = Array.from({ length: 200 }, () => generatePassphrase());
    assert.equal(new Set(made).size, made.length);
    for (const passphrase of made) {
      assert.match(passphrase, /^([a-z]{5} ){6}[a-z]{5}$/);
      assert.ok(passphraseBits(passphrase) >= limits.minPassphraseBits);
    }
  });

  it("that can be guessed are refused", () => {
    const weak = [
      "",
      "password",
      "correct horse battery staple",
      "hunter2 hunter2 hunter2 hunter2 hunter2 hunter2 hunter2 hunter2",
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
      "abcdefghijklmnopqrstuvwxyz0123456789",
      "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1",
      "Password1Password1Password1Password1",
      "a b c d e f g h i j k l m n o p q r s t u v w x y z",
    ];
    for (const passphrase of weak) {
      assert.ok(passphraseBits(passphrase) < limits.minPassphraseBits, passphrase);
      assert.throws(
        () => secretOfPassphrase(passphrase),
        /Cannot use the passphrase: about \d+ bits/,
      );
    }
  });

  it("of many words, or of many characters by chance, are strong", () => {
    const strong = [
      "otter velvet candle marble sunset pepper violin",
      "kT7#mQ2x!Lr9vZpW4$eYb",
      "4f1c9a02e7b85d36c0f4a1928e7d5b60",
    ];
    for (const passphrase of strong) {
      assert.ok(passphraseBits(passphrase) >= limits.minPassphraseBits);
    }
  });

  it("give one secret, however they are spaced", async () => {
    const words = "otter velvet candle marble sunset pepper violin";
    const secret = await secretOfPassphrase(words);
    // Made with another implementation of scrypt: salt "muster1/default", N 2^17, r 8, p 1.
    const expected = "6274ef2db573eeaf3a1bfbc615b7c453c5e4d6f700b070c253057287aa2712c5";
    assert.equal(secret.toHex(), expected);
    const spaced = await secretOfPassphrase(`  ${words.replaceAll(" ", " \t ")}\n`);
    assert.equal(spaced.toHex(), expected);
  });

  it("that are too long are refused before any work", () => {
    assert.throws(() => secretOfPassphrase("word ".repeat(1000)), /longer than 1024/);
  });
});
