import type { ChunkSource } from "./chunk_source.ts";
import { inputError } from "./input_error.ts";
import { findJsonProblem } from "./json_stream.ts";
import { readLineBlocks } from "./text_blocks.ts";

/** Reads one JSON value a line; blank lines are passed over. */
export async function* readNdjson(
  source: ChunkSource,
  maxLineBytes: number,
): AsyncGenerator<unknown[]> {
  for await (const block of readLineBlocks(source, maxLineBytes)) {
    const values: unknown[] = [];
    for (let index = 0; index < block.lines.length; index++) {
      const text = block.lines[index] ?? "";
      try {
        values.push(JSON.parse(text));
      } catch (cause) {
        if (text.trim() === "") continue;
        const { column, problem } = findJsonProblem(text);
        throw inputError(
          { name: source.name, line: block.firstLine + index, column },
          problem,
          cause,
        );
      }
    }
    if (values.length > 0) yield values;
  }
}
