import type { Command } from 'commander';
import type { Session } from '../session.ts';
import { runUntilStopped } from './run-until-stopped.ts';

/** `windlass agent`. */
export function addAgent(program: Command, session: Session): void {
  program
    .command('agent')
    .description('run the process that acts on this host')
    .action(() =>
      runUntilStopped(session, 'agent', async (settings, log) => {
        const { runAgent } = await import('../../agent.ts');
        return runAgent(settings, log);
      }),
    );
}
