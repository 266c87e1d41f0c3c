import type { Buffer } from "node:buffer";
import process from "node:process";
import { UsageError } from "../proto/errors.ts";
import { limits } from "../proto/limits.ts";

/** What keys send in raw mode. */
const keys = { enter: /[\r\n]/, interrupt: "\x03", endOfInput: "\x04", erase: /[\b\x7f]/ } as const;

/**
 * Reads one line of standard input; what is typed on a terminal does not show.
 *
 * @param prompt Shown on a terminal.
 * @throws {UsageError} If Ctrl-C is typed, or the line is longer than `limits.maxPassphraseChars`.
 */
export async function readPassphrase(prompt: string): Promise<string> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY) return await readLine();
  stderr.write(prompt);
  stdin.setRawMode(true);
  try {
    return await readLine();
  } finally {
    stdin.setRawMode(false);
    stderr.write("\n");
  }
}

async function readLine(): Promise<string> {
  const decoder = new TextDecoder();
  const typed: string[] = [];
  for await (const chunk of process.stdin) {
    for (const character of decoder.decode(chunk as Buffer, { stream: true })) {
      if (character === keys.interrupt) throw new UsageError("Stopped: nothing was made");
      if (keys.enter.test(character) || character === keys.endOfInput) return typed.join("");
      if (keys.erase.test(character)) typed.pop();
      else typed.push(character);
    }
    if (typed.length > limits.maxPassphraseChars) {
      throw new UsageError(
        `Cannot use the passphrase: it is longer than ${limits.maxPassphraseChars} characters`,
      );
    }
  }
  return typed.join("");
}
