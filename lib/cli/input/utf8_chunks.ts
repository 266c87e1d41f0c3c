import type { ChunkSource } from "./chunk_source.ts";
import { inputError } from "./input_error.ts";

/** Passes chunks on, and refuses bytes that are not UTF-8, which parsers silently mend or stumble over later. */
export async function* utf8Chunks(source: ChunkSource): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let line = 1;
  const check = (chunk?: Uint8Array): void => {
    try {
      line += decoder.decode(chunk, { stream: chunk !== undefined }).split("\n").length - 1;
    } catch (cause) {
      throw inputError({ name: source.name, line }, "the text after this is not UTF-8", cause);
    }
  };
  for await (const chunk of source.chunks()) {
    check(chunk);
    yield chunk;
  }
  if (!source.stopped) check();
}
