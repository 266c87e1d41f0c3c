/** What a run of the torn-journal tests has seen. */
export class Tally {
  /** Journals truncated, with a bit turned, and whose writer was killed. */
  offsets = 0;
  flips = 0;
  kills = 0;
  recovered = 0;
  refusedLoudly = 0;
  /** What was opened without a word and did not hold what had been acknowledged, or held what was never written. */
  readonly losses: string[] = [];
  /** What falls short in another way. */
  readonly problems: string[] = [];

  get isGood(): boolean {
    return this.losses.length === 0 && this.problems.length === 0;
  }

  /** The line of figures. */
  toString(): string {
    return `offsets=${this.offsets} flips=${this.flips} kills=${this.kills} ` +
      `recovered=${this.recovered} refused_loudly=${this.refusedLoudly} ` +
      `silent_loss=${this.losses.length}`;
  }
}
