/** What can go wrong in a run; the names are those of the figures that `scripts/sim.ts` prints. */
export type ViolationKind = "duplicates" | "wrong" | "invariant" | "stuck";

/** A promise of the scheduler is broken. */
export class Violation extends Error {
  override readonly name = "Violation";
  readonly kind: ViolationKind;

  constructor(kind: ViolationKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Throws when a rule does not hold. The message is made only then. */
export function demand(holds: boolean, message: () => string): void {
  if (!holds) throw new Violation("invariant", message());
}
