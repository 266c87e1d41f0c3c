import { cryptoLengths } from "./crypto.ts";
import { limits } from "../proto/limits.ts";

/** First byte of a record's plaintext. */
export const recordTypes = {
  data: 1,
  more: 2,
  ping: 3,
  bye: 4,
  bulkData: 5,
  bulkMore: 6,
} as const;

/**
 * Which of two rows of messages one goes in. Each arrives in its own order; what is in the control row passes a bulk
 * message that is under way.
 */
export type Lane = "control" | "bulk";

/** Plaintext of one record beside its type. */
export const maxRecordPayloadBytes = limits.maxRecordBytes - cryptoLengths.tag - 1;

/** A bulk message begins with its own length in so many bytes. */
export const bulkLengthBytes = 4;

/** From this length of plaintext on suite 2 seals a record with its second cipher. */
export const minLongRecordBytes = 16 * 1024;

/** When both sides change keys; fixed by the protocol, smaller in tests alone. */
export type RekeyRule = { readonly records: number; readonly bytes: number };

/**
 * What whoever drives a machine of records has to do for it: seal or open with AES-256-GCM, which is fast only where it
 * is asynchronous. The machine goes on meanwhile and keeps the order.
 */
export type LongRecord = {
  /** Plaintext to seal, or a box (ciphertext, tag) to open. It stays as it is until the answer. */
  readonly bytes: Uint8Array;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** Of 32 bytes; the same object for all records under one key. */
  readonly key: Uint8Array;
};

/** Why a stream of records cannot go on. */
export type RecordFailure =
  /** A length outside its bounds. */
  | "badLength"
  /** Changed, dropped, repeated, reordered or foreign bytes. */
  | "badTag"
  /** A record of no known type, or one with a content it must not have. */
  | "badRecord"
  /** More than `limits.maxMessageBytes`, or `maxBulkMessageBytes`, in one message. */
  | "tooLong"
  /** Bytes after the peer said goodbye. */
  | "afterBye"
  /** The stream ended without a goodbye: something was cut off. */
  | "truncated";

/** What a `RecordReader` found, in the order of the stream; nothing follows `failed`. */
export type RecordEvent =
  | { readonly kind: "message"; readonly bytes: Uint8Array }
  /** A message of the bulk lane. */
  | { readonly kind: "bulk"; readonly bytes: Uint8Array }
  /** To be opened, then given back by `RecordReader.opened`. Events of the records behind it come after that. */
  | { readonly kind: "open"; readonly record: LongRecord }
  | { readonly kind: "ping" }
  | { readonly kind: "bye" }
  | { readonly kind: "failed"; readonly reason: RecordFailure };
