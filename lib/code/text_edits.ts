/** Replaces stretches of a text in such a way that what is left keeps its lines and columns. */
export class TextEdits {
  readonly #text: string;
  readonly #edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Leaves nothing but line breaks from `start` to `end`, and the spaces that what follows on its line needs. */
  blank(start: number, end: number): void {
    const breaks = this.#text.slice(start, end).replace(/[^\n\u2028\u2029]+/g, "");
    const lastLineStart = this.#text.lastIndexOf("\n", end - 1) + 1;
    const spaces = end === this.#text.length ? 0 : end - Math.max(start, lastLineStart);
    this.#edits.push({ start, end, text: `${breaks}${" ".repeat(spaces)}` });
  }

  /** Writes `text`, padded with spaces, over `start` to `end`; there must be room, and no line break between. */
  overwrite(start: number, end: number, text: string): void {
    if (text.length > end - start) throw new RangeError(`Cannot fit '${text}' in ${end - start}`);
    this.#edits.push({ start, end, text: text.padEnd(end - start) });
  }

  /** The text with all edits made; they must not overlap. */
  apply(): string {
    const edits = this.#edits.toSorted((a, b) => a.start - b.start);
    let result = "";
    let position = 0;
    for (const edit of edits) {
      result += this.#text.slice(position, edit.start) + edit.text;
      position = edit.end;
    }
    return result + this.#text.slice(position);
  }
}
