import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { FrameDecoder } from "../../../lib/wire/frame.ts";

function frame(...bytes: number[]): Uint8Array {
  return Uint8Array.of(0, 0, 0, bytes.length, ...bytes);
}

describe("FrameDecoder", () => {
  it("gives whole frames in order, however the stream is cut", () => {
    const stream = Uint8Array.of(...frame(1, 2, 3), ...frame(4), ...frame(5, 6));
    for (let size = 1; size <= stream.length; size++) {
      const decoder = new FrameDecoder(1, 10);
      const found: number[][] = [];
      for (let start = 0; start < stream.length; start += size) {
        const { frames, failed } = decoder.push(stream.subarray(start, start + size));
        assert.equal(failed, false);
        for (const bytes of frames) found.push([...bytes]);
      }
      assert.deepEqual(found, [[1, 2, 3], [4], [5, 6]]);
      assert.equal(decoder.isBetweenFrames, true);
    }
  });

  it("copies nothing of a frame that arrives whole", () => {
    const stream = frame(1, 2, 3);
    assert.equal(new FrameDecoder(1, 10).push(stream).frames[0]?.buffer, stream.buffer);
  });

  it("uses the memory of a long frame again once it is given back", () => {
    const decoder = new FrameDecoder(1);
    const long = new Uint8Array(4 + 20_000);
    new DataView(long.buffer).setUint32(0, 20_000);
    const buffers = [1, 2, 3].map((byte) => {
      decoder.push(long.fill(byte, 4).subarray(0, 9));
      const [found] = decoder.push(long.subarray(9)).frames;
      assert.ok(found?.length === 20_000 && found.every((each) => each === byte));
      if (byte > 1) decoder.recycle(found);
      return found.buffer;
    });
    assert.notEqual(buffers[0], buffers[1]);
    assert.equal(buffers[1], buffers[2]);
    // A window into a chunk is nobody's to give back.
    const [whole] = decoder.push(long).frames;
    assert.ok(whole !== undefined);
    decoder.recycle(whole);
    decoder.push(long.subarray(0, 9));
    const [next] = decoder.push(long.subarray(9)).frames;
    assert.notEqual(next?.buffer, long.buffer);
  });

  it("fails at a length out of bounds, after the frames before it, and for good", () => {
    for (const length of [0, 11, 0xffffffff]) {
      const bad = new Uint8Array(4);
      new DataView(bad.buffer).setUint32(0, length);
      const decoder = new FrameDecoder(1, 10);
      const { frames, failed } = decoder.push(Uint8Array.of(...frame(1), ...bad, ...frame(2)));
      assert.equal(frames.length, 1);
      assert.equal(failed, true);
      assert.deepEqual(decoder.push(frame(3)), { frames: [], failed: true });
      assert.equal(decoder.isBetweenFrames, false);
    }
  });

  it("knows when the stream ends inside a header or a frame", () => {
    for (const cut of [1, 4, 5]) {
      const decoder = new FrameDecoder(1, 10);
      decoder.push(frame(1, 2).subarray(0, cut));
      assert.equal(decoder.isBetweenFrames, false);
    }
  });
});
