import { styleText } from "node:util";

/** Marks text with a colour, or leaves it as it is. */
export type Paint = (style: "red" | "green" | "yellow" | "dim" | "bold", text: string) => string;

/** Text as it is. */
export function plain(_style: string, text: string): string {
  return text;
}

/** Colours for a terminal; {@link plain} for a file or pipe, with `NO_COLOR` set, and with `TERM=dumb`. */
export function paintFor(
  stream: { readonly isTTY?: boolean | undefined },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Paint {
  const wanted = stream.isTTY === true && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb";
  // The stream was looked at here, for styleText takes none but real ones.
  return wanted ? (style, text) => styleText(style, text, { validateStream: false }) : plain;
}
