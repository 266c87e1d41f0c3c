import type { RecordFailure } from "../wire/record.ts";

/** For people, after "the connection to … was lost: ". */
export const recordFailureTexts: { readonly [reason in RecordFailure]: string } = {
  badLength: "it sent a record that is too long",
  badTag: "its bytes were changed on the way",
  badRecord: "it sent a record that makes no sense",
  tooLong: "it sent a message that is too long",
  afterBye: "it sent more after its goodbye",
  truncated: "it ended without a goodbye",
};
