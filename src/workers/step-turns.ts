import { WindlassError } from '../errors.ts';
import type { Fence } from '../model/step.ts';

/** Whose turn it is on this host: one step at a time for each container, and none of an older run beside one of a newer. */
export interface StepTurns {
  /** Runs `work` in its turn, with a signal that is aborted when a newer run of the target begins. */
  run<T>(fence: Fence, name: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
}

interface Turn {
  readonly target: string;
  readonly token: number;
  readonly name: string;
  readonly superseded: AbortController;
  readonly done: Promise<unknown>;
}

export function createStepTurns(): StepTurns {
  const turns = new Set<Turn>();
  return {
    run: ({ target, token }, name, signal, work) => {
      const before = [...turns].filter((turn) => turn.target === target && (turn.token < token || turn.name === name));
      for (const turn of before) {
        if (turn.token < token) turn.superseded.abort(new WindlassError('fenced', `a newer run has taken over ${target}`));
      }
      const superseded = new AbortController();
      const either = AbortSignal.any([signal, superseded.signal]);
      const mine = Promise.all(before.map(({ done }) => done)).then(() => {
        either.throwIfAborted();
        return work(either);
      });
      const turn: Turn = { target, token, name, superseded, done: mine.catch(() => {}) };
      turns.add(turn);
      void turn.done.then(() => turns.delete(turn));
      return mine;
    },
  };
}
