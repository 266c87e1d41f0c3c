import { Option } from "commander";

/** An option that takes one of a few words. */
export function choice(flags: string, description: string, words: readonly string[]): Option {
  return new Option(flags, description).choices(words);
}

/** The flag that names a cipher for large messages. The words stand here because help must not load the wire. */
export function cipherOption(description: string): Option {
  return choice("--cipher <name>", description, ["aes", "nacl"]);
}
