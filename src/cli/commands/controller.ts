import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { runUntilStopped } from './run-until-stopped.ts';

/** `windlass controller`. */
export function addController(program: Command, session: Session): void {
  program
    .command('controller')
    .description('run the process that decides')
    .action(() =>
      runUntilStopped(session, 'controller', async (settings, log) => {
        const { runController } = await import('../../controller.ts');
        return runController(settings, log);
      }),
    );
}
