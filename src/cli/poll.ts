import { setTimeout as sleep } from 'node:timers/promises';
import { CliError } from './cli-error.ts';

const everyMs = 500;
/** A controller that starts again is awaited for about a minute. */
const patience = 120;

/** Asks again and again until `done`; an AbortError when interrupted, CliError when the controller stays away. */
export async function poll<Answer>(ask: () => Promise<Answer>, done: (answer: Answer) => boolean, signal: AbortSignal): Promise<Answer> {
  for (let failures = 0; ; ) {
    signal.throwIfAborted();
    try {
      const answer = await ask();
      if (done(answer)) return answer;
      failures = 0;
    } catch (error) {
      if (!passing(error) || ++failures > patience) throw error;
    }
    await sleep(everyMs, undefined, { signal });
  }
}

const passing = (error: unknown) => error instanceof CliError && (error.answer === 0 || error.answer === 503);
