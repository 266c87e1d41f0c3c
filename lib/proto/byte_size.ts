const units: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1000,
  mb: 1000 ** 2,
  gb: 1000 ** 3,
  tb: 1000 ** 4,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
  tib: 1024 ** 4,
};

/**
 * Reads a size as people write it: `512MB`, `1.5 GiB`; a bare number is bytes.
 *
 * @returns Bytes; undefined if it is no size.
 */
export function parseByteSize(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?$/i.exec(text.trim());
  const unit = units[(match?.[2] ?? "b").toLowerCase()];
  const bytes = Math.round(Number(match?.[1]) * (unit ?? NaN));
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}

/** A size for people, in the unit that makes it the shortest: `512 MB`, `512 MiB`, `1.5 GB`. */
export function formatByteSize(bytes: number): string {
  const texts = ["B", "kB", "MB", "GB", "TB", "KiB", "MiB", "GiB", "TiB"].flatMap((unit) => {
    const count = bytes / (units[unit.toLowerCase()] ?? 1);
    return count < 1 ? [] : [`${Math.round(count * 100) / 100} ${unit}`];
  });
  return texts.reduce((best, text) => text.length < best.length ? text : best, `${bytes} B`);
}
