/** One line of a scenario: a verb, names, and `key=value` options. */
export class Command {
  readonly verb: string;
  readonly #names: string[];
  readonly #options: Map<string, string>;
  readonly #line: string;

  constructor(line: string) {
    const [verb = "", ...words] = line.trim().split(/\s+/);
    this.verb = verb;
    this.#line = line;
    this.#names = words.filter((word) => !word.includes("="));
    this.#options = new Map(
      words.filter((word) => word.includes("=")).map((word): [string, string] => {
        const [key = "", value = ""] = word.split("=", 2);
        return [key, value];
      }),
    );
  }

  /** Takes the next name; an error when there is none and no fallback. */
  name(what: string, fallback?: string): string {
    const name = this.#names.shift() ?? fallback;
    if (name === undefined) throw new Error(`Cannot run "${this.#line}": ${what} is missing`);
    return name;
  }

  /** Takes all names that are left; `j1..j4` stands for j1 j2 j3 j4. */
  names(): string[] {
    return this.#names.splice(0).flatMap((name) => {
      const range = /^([a-z]+)(\d+)\.\.\1(\d+)$/.exec(name);
      if (range === null) return [name];
      const [, stem = "", first = "", last = ""] = range;
      const count = Number(last) - Number(first) + 1;
      return Array.from({ length: count }, (_, index) => `${stem}${Number(first) + index}`);
    });
  }

  /** Takes an option that is a number. */
  number(key: string, fallback: number): number {
    return Number(this.option(key, String(fallback)));
  }

  /** Takes an option. */
  option(key: string, fallback: string): string {
    const value = this.#options.get(key) ?? fallback;
    this.#options.delete(key);
    return value;
  }

  /** An error when something was written that nobody took: a misspelt option must not pass in silence. */
  end(): void {
    const rest = [...this.#names, ...this.#options.keys()];
    if (rest.length > 0) throw new Error(`Cannot run "${this.#line}": unknown ${rest.join(", ")}`);
  }
}
