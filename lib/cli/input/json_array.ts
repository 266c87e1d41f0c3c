import type { ChunkSource } from "./chunk_source.ts";
import { inputError } from "./input_error.ts";
import { JsonProblem, JsonStream } from "./json_stream.ts";
import { utf8Chunks } from "./utf8_chunks.ts";

/**
 * Reads the elements of one JSON array as they arrive, so that an array of any length keeps memory flat.
 *
 * @param maxElementBytes Longest element taken, counted in whole chunks.
 */
export async function* readJsonArray(
  source: ChunkSource,
  maxElementBytes: number,
): AsyncGenerator<unknown[]> {
  const stream = new JsonStream("elements");
  let lastValueAt = 0;
  try {
    for await (const chunk of utf8Chunks(source)) {
      const values = stream.write(chunk);
      if (values.length > 0) {
        lastValueAt = stream.bytes;
        yield values;
      } else if (stream.bytes - lastValueAt > maxElementBytes) {
        throw new JsonProblem(`an element is longer than ${maxElementBytes} bytes`, stream.place);
      }
    }
    if (!source.stopped) stream.end();
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error;
    throw inputError({ name: source.name, ...error.place }, error.message, error);
  }
}
