import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { runUntilStopped } from './run-until-stopped.ts';

/** `windlass up`. */
export function addUp(program: Command, session: Session): void {
  program
    .command('up')
    .description('run controller, agent and, without WINDLASS_REDIS_URL, Redis in one process')
    .action(() =>
      runUntilStopped(session, 'up', async (settings, log) => {
        const { runUp } = await import('../../up.ts');
        return runUp(settings, log);
      }),
    );
}
