/** How input is cut into values. */
export type InputFormat = "ndjson" | "json" | "csv" | "tsv" | "lines";

/** Every {@link InputFormat}, in the order help texts name them. */
export const inputFormats: readonly InputFormat[] = ["ndjson", "json", "csv", "tsv", "lines"];

/** The format that a file's extension stands for, in any case; `lines` when it stands for none. */
export function formatFor(path: string): InputFormat {
  const extension = /\.([^./\\]+)$/.exec(path)?.[1]?.toLowerCase();
  switch (extension) {
    case "ndjson":
    case "jsonl":
      return "ndjson";
    case "json":
    case "csv":
    case "tsv":
      return extension;
    default:
      return "lines";
  }
}
