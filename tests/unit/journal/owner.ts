import assert from "node:assert/strict";
import type { Journal } from "../../../lib/journal/types.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The records of a text each. */
export function records(...texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => encoder.encode(text));
}

/** All that a journal replays, as texts. */
export async function replayed(journal: Journal): Promise<string[]> {
  const texts: string[] = [];
  for await (const batch of journal.replay()) {
    for (const record of batch) texts.push(decoder.decode(record));
  }
  return texts;
}

/** Appends, and waits until that is durable. */
export function appended(journal: Journal, ...texts: readonly string[]): Promise<void> {
  return new Promise((resolve) => journal.append(records(...texts), resolve));
}

/**
 * Keeps named numbers in a journal, and remembers how they were after each append: whatever a crash leaves must be one
 * of these states, and none older than the last that became durable.
 */
export class Owner {
  readonly #journal: Journal;
  readonly #values: Map<string, number>;
  readonly #states: string[];
  readonly #padding: string;
  #durable = 0;

  private constructor(journal: Journal, values: Map<string, number>, paddingChars: number) {
    this.#journal = journal;
    this.#padding = " ".repeat(paddingChars);
    this.#values = values;
    this.#states = [stateOf(values)];
  }

  /**
   * Takes up what a journal replays.
   *
   * @param paddingChars What makes the records of its snapshots longer.
   */
  static async restore(journal: Journal, paddingChars = 0): Promise<Owner> {
    const values = new Map<string, number>();
    for (const text of await replayed(journal)) {
      const [name = "", value] = text.split("=");
      if (value === undefined) values.delete(name);
      else values.set(name, Number(value));
    }
    return new Owner(journal, values, paddingChars);
  }

  /** Sets some numbers at once. */
  set(...pairs: readonly (readonly [string, number])[]): void {
    for (const [name, value] of pairs) this.#values.set(name, value);
    this.#append(pairs.map(([name, value]) => `${name}=${value}`));
  }

  remove(name: string): void {
    this.#values.delete(name);
    this.#append([name]);
  }

  compactWhole(): Promise<void> {
    return this.#journal.compact([...this.#live()]);
  }

  compactSlowly(): Promise<void> {
    return this.#journal.compact(this.#live());
  }

  /** Throws unless what a crash left, as the next owner has it, is what it may be. */
  checkSuccessor(next: Owner): void {
    const place = this.#states.lastIndexOf(next.#states[0] ?? "");
    assert.ok(place >= 0, `no state of it: ${next.#states[0]}`);
    assert.ok(place >= this.#durable, `state ${place}, but ${this.#durable} was durable`);
  }

  /** Throws unless everything is durable. */
  checkAllDurable(): void {
    assert.equal(this.#durable, this.#states.length - 1);
  }

  #append(texts: readonly string[]): void {
    const place = this.#states.push(stateOf(this.#values)) - 1;
    this.#journal.append(records(...texts), () => {
      assert.equal(place, this.#durable + 1, "told in another order");
      this.#durable = place;
    });
  }

  *#live(): Iterable<Uint8Array> {
    for (const [name, value] of this.#values) {
      yield* records(`${name}=${value}${this.#padding}`);
    }
  }
}

function stateOf(values: ReadonlyMap<string, number>): string {
  return JSON.stringify([...values].sort());
}
