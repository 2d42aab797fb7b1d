import type { PushConfigStep, StepResult } from '../model/step.ts';
import type { Word } from '../model/step-progress.ts';
import type { Pace } from '../planning/plan.ts';
import { type DuePush, pushRounds } from '../planning/push-rounds.ts';
import { moment } from './moment.ts';

export interface RollOut {
  /** Those whose turn it is, in the order of their services. */
  readonly pushes: readonly DuePush[];
  /** Those whose turn comes later: their containers have to accept the files too before anything is swapped. */
  readonly later: readonly PushConfigStep[];
  readonly paces: readonly Pick<Pace, 'name' | 'update'>[];
  /** An agent that goes away before all have accepted counts as a refusal. */
  readonly careful: boolean;
  /** Called when all have accepted, before any of them swaps. */
  readonly onAccepted: () => void;
  /** Called when somebody has refused, before the others are released. */
  readonly onRefused: () => void;
  /** Asked before every further round: whether nobody else is to be touched, given those that have failed. */
  readonly enough: (failed: readonly PushConfigStep[]) => Promise<boolean>;
}

/** What a roll-out does to the world. */
export interface RollOutHands {
  /** Runs a step that waits for a word once its files are accepted; both hooks may be called any number of times. */
  run(step: PushConfigStep, hooks: { onHeld(say: (word: Word) => Promise<void>): void; onVerified(): void }): Promise<StepResult>;
  wait(ms: number): Promise<void>;
}

export interface Pushed {
  readonly step: PushConfigStep;
  readonly result: StepResult;
}

/**
 * Pushes in two phases. First every container stages and checks its files; one refusal, and all are released without a trace. Then
 * they swap and act in rounds, the next one once the last has been verified; a service with too many failures ends it, and whoever
 * has not swapped is released. Answers with every result, those of released pushes included; undoing earlier rounds is the caller's.
 */
export async function rollOut({ pushes, later, ...pace }: RollOut, hands: RollOutHands): Promise<readonly Pushed[]> {
  const running = [...pushes.map(({ step }) => step), ...later].map((step) => begin(step, hands));
  const results = Promise.all(running.map(({ result }) => result));
  results.catch(() => {});
  await Promise.all(running.map(({ accepted }) => accepted));
  if (!running.some(({ refused, lost }) => refused() || (pace.careful && lost()))) {
    pace.onAccepted();
    for (const step of later) find(running, step).say('release');
    await swapInRounds({ pushes, later, ...pace }, running, hands);
  } else {
    pace.onRefused();
  }
  for (const one of running) one.say('release');
  return results;
}

async function swapInRounds({ pushes, paces, enough }: RollOut, running: readonly Running[], hands: RollOutHands): Promise<void> {
  const rounds = pushRounds(pushes, paces);
  for (const [at, round] of rounds.entries()) {
    const touched = await swap(round.pushes.map(({ step }) => find(running, step)));
    const failed = running.filter(({ refused }) => refused()).map(({ step }) => step);
    if (at === rounds.length - 1 || (await enough(failed))) return;
    // Agents hold no step for ever: those that were released by then have changed nothing, and their turn comes in a later wave.
    if (touched && round.delayMs > 0) await hands.wait(round.delayMs);
  }
}

/** Whether any of them was still there to swap. */
async function swap(round: readonly Running[]): Promise<boolean> {
  const live = round.filter(({ ended }) => !ended());
  await Promise.all(
    live.map((push) => {
      push.say('go');
      return push.settled;
    }),
  );
  return live.some(({ released }) => !released());
}

interface Running {
  readonly step: PushConfigStep;
  /** Its files are accepted, or it has ended. */
  readonly accepted: Promise<void>;
  /** It serves what it was given, or has ended. */
  readonly settled: Promise<void>;
  readonly result: Promise<Pushed>;
  ended(): boolean;
  /** It has ended with nothing swapped, for no word or the word to do so. */
  released(): boolean;
  /** It has ended badly, on an agent that still answers. */
  refused(): boolean;
  /** Its agent has gone away. */
  lost(): boolean;
  /** Only the first word counts. */
  say(word: Word): void;
}

function begin(step: PushConfigStep, hands: RollOutHands): Running {
  const accepted = moment();
  const settled = moment();
  let ended: StepResult | undefined;
  let told: Word | undefined;
  let speak: ((word: Word) => Promise<void>) | undefined;
  // A word that gets lost is said again when the step asks again.
  const tell = () => {
    if (told && speak) speak(told).catch(() => {});
  };
  const result = hands
    .run(step, {
      onHeld: (say) => {
        speak = say;
        accepted.come();
        tell();
      },
      onVerified: () => settled.come(),
    })
    .then((found) => {
      ended = found;
      return { step, result: found };
    })
    .finally(() => {
      accepted.come();
      settled.come();
    });
  return {
    step,
    accepted: accepted.reached,
    settled: settled.reached,
    result,
    ended: () => ended !== undefined,
    released: () => ended?.released === true,
    refused: () => ended !== undefined && !ended.ok && ended.error?.code !== 'host-lost',
    lost: () => ended?.error?.code === 'host-lost',
    say: (word) => {
      told ??= word;
      tell();
    },
  };
}

function find(running: readonly Running[], step: PushConfigStep): Running {
  const found = running.find((one) => one.step === step);
  if (!found) throw new Error(`no push of ${step.name} is running`);
  return found;
}
