import type { Packed } from "../proto/executor.ts";
import { limits } from "../proto/limits.ts";
import { utf8 } from "./bytes.ts";
import { encodeTuple, TupleReader } from "./tuple.ts";

/** What an attempt gave: the `detail` of its outcome, and of the ending of its job. */
export type AttemptDetail = {
  /** The result, what was thrown, or the error that nobody caught and that crashed it. */
  readonly value: Packed | undefined;
  /** How a crash came about, as in "with exit code 1". */
  readonly how: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
};

const maxHowBytes = 4096;
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Packs a detail for its way to the client: a value in JSON text is the text itself, anything else bytes. */
export function packDetail({ value, how, stdout, stderr }: AttemptDetail): Packed {
  const isPlain = how === undefined && stdout === "" && stderr === "";
  if (typeof value === "string" && isPlain) return value;
  const values = value === undefined ? [] : [value];
  const hows = how === undefined ? [] : [utf8(how.slice(0, maxHowBytes / 3))];
  return new Uint8Array(encodeTuple([values, hows, utf8(stdout), utf8(stderr)]));
}

/**
 * Reads what {@link packDetail} packed.
 *
 * @throws {MalformedTupleError} for anything else.
 */
export function unpackDetail(packed: Packed): AttemptDetail {
  if (typeof packed === "string") {
    return { value: packed, how: undefined, stdout: "", stderr: "" };
  }
  const reader = new TupleReader(packed);
  const detail = reader.tuple(4, () => {
    const [value] = reader.list(() => reader.packed(), 1);
    const [how] = reader.list(() => reader.bytes(maxHowBytes), 1);
    return {
      value,
      how: how === undefined ? undefined : decoder.decode(how),
      stdout: readOutput(reader),
      stderr: readOutput(reader),
    };
  });
  reader.end();
  return detail;
}

function readOutput(reader: TupleReader): string {
  return decoder.decode(reader.bytes(4 * limits.maxJobOutputChars));
}
