/** How a held step goes on: as planned, or with everything left as it was. */
export type Word = 'go' | 'release';

/** What a step tells while it runs, and is told. */
export interface StepProgress {
  /** What is left of the step is waiting: another one may begin beside it. */
  onlyWaits(): void;
  /** The longest that `held` takes, milliseconds. */
  readonly heldMs: number;
  /** Its files are staged and checked. Resolves to how to go on; at once where nobody holds the step. */
  held(signal: AbortSignal): Promise<Word>;
  /** Its container serves what it was given, verified; from here on it is only watched. */
  verified(): void;
}

/** Of a step that nobody holds or listens to. */
export const unheard: StepProgress = { onlyWaits: () => {}, heldMs: 0, held: async () => 'go', verified: () => {} };
