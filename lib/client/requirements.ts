import { z } from "zod";
import { limits } from "../proto/limits.ts";

const tagForm = "give words of letters, digits and . _ : / @ + -";

/** A word that a node is given, for clients to choose it by. */
export const tagSchema = z.string({ error: tagForm }).regex(/^[\w.:/@+-]+$/, tagForm).refine(
  (tag) => new TextEncoder().encode(tag).length <= limits.maxTagBytes,
  `give words of at most ${limits.maxTagBytes} bytes`,
);
