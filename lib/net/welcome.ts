import { encodeTuple, MalformedTupleError, TupleReader } from "../wire/tuple.ts";
import { limits } from "../proto/limits.ts";
import { printable } from "./addresses.ts";

/** The first message of a connection: from the side that accepted it, which has not said who it is before. */
export type Welcome =
  | { readonly kind: "welcome"; readonly name: string; readonly instanceId: Uint8Array }
  /** The peer is a member and may not come in all the same. */
  | { readonly kind: "reject"; readonly why: string };

const kinds = { welcome: 1, reject: 2 } as const;
const instanceIdBytes = 16;

/** The bytes of a {@link Welcome}. */
export function encodeWelcome(welcome: Welcome): Uint8Array {
  return welcome.kind === "welcome"
    ? encodeTuple([kinds.welcome, welcome.name, welcome.instanceId])
    : encodeTuple([
      kinds.reject,
      cutText(welcome.why, limits.maxRejectionBytes),
      new Uint8Array(0),
    ]);
}

/**
 * Reads {@link encodeWelcome}; texts come cleaned of control characters.
 *
 * @throws {MalformedTupleError} For anything else.
 */
export function decodeWelcome(bytes: Uint8Array): Welcome {
  const reader = new TupleReader(bytes);
  const welcome = reader.tuple(3, (): Welcome => {
    switch (reader.uint(kinds.reject)) {
      case kinds.welcome: {
        const name = printable(reader.text(limits.maxNameBytes));
        return {
          kind: "welcome",
          name,
          instanceId: reader.bytes(instanceIdBytes, instanceIdBytes),
        };
      }
      case kinds.reject: {
        const why = printable(reader.text(limits.maxRejectionBytes));
        reader.bytes(0);
        return { kind: "reject", why };
      }
      default:
        throw new MalformedTupleError("Cannot read a welcome: it is of no known kind");
    }
  });
  reader.end();
  return welcome;
}

/** As many whole characters of a text as fit. */
function cutText(text: string, maxBytes: number): string {
  const bytes = new Uint8Array(maxBytes);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return text.slice(0, read);
}
