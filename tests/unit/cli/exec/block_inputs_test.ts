import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BlockInputs } from "../../../../lib/cli/exec/block_inputs.ts";
import { openInputs } from "../../../../lib/cli/input/open_inputs.ts";

async function blocksOf(text: readonly string[], blockBytes: number): Promise<string[]> {
  const stream = async function* (): AsyncGenerator<Uint8Array> {
    for (const each of text) yield new TextEncoder().encode(each);
  };
  const inputs = await openInputs({ kind: "stream", stream: stream(), name: "test" });
  const blocks: string[] = [];
  for await (const block of new BlockInputs(inputs, blockBytes)) blocks.push(block);
  return blocks;
}

describe("BlockInputs", () => {
  it("gathers whole lines until a size is reached", async () => {
    assert.deepEqual(await blocksOf(["aa\nbb\nc", "c\ndd\nee"], 6), [
      "aa\nbb\n",
      "cc\ndd\n",
      "ee\n",
    ]);
    assert.deepEqual(await blocksOf(["aa\nbb\n"], 1), ["aa\n", "bb\n"]);
    assert.deepEqual(await blocksOf(["ä\nb\n"], 3), ["ä\n", "b\n"]);
    assert.deepEqual(await blocksOf([], 10), []);
  });

  it("ends at once when it is left", async () => {
    const never = async function* (): AsyncGenerator<Uint8Array> {
      yield new TextEncoder().encode("a\n");
      await new Promise(() => {});
    };
    const inputs = await openInputs({ kind: "stream", stream: never(), name: "test" });
    const blocks = new BlockInputs(inputs, 2);
    assert.deepEqual(await blocks.next(), { done: false, value: "a\n" });
    const pending = blocks.next();
    await blocks.return();
    assert.equal((await pending).done, true);
  });
});
