import { Command, CommanderError } from 'commander';
import { messageOf, WindlassError } from '../errors.ts';
import { readVersion } from '../version.ts';
import { CliError, exitStatus } from './cli-error.ts';
import { addAgent } from './commands/agent.ts';
import { addApprove } from './commands/approve.ts';
import { addCanary } from './commands/canary.ts';
import { addController } from './commands/controller.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDiff } from './commands/diff.ts';
import { addDoctor } from './commands/doctor.ts';
import { addFreeze } from './commands/freeze.ts';
import { addHistory } from './commands/history.ts';
import { addHook } from './commands/hook.ts';
import { addHosts } from './commands/hosts.ts';
import { addInit } from './commands/init.ts';
import { addLogs } from './commands/logs.ts';
import { addPlan } from './commands/plan.ts';
import { addRender } from './commands/render.ts';
import { addRollback } from './commands/rollback.ts';
import { addShow } from './commands/show.ts';
import { addStatus } from './commands/status.ts';
import { addToken } from './commands/token.ts';
import { addUp } from './commands/up.ts';
import { addValidate } from './commands/validate.ts';
import { addVars } from './commands/vars.ts';
import type { Io } from './io.ts';
import { createPaint } from './paint.ts';
import { createSession, type Session } from './session.ts';

const commands = [
  [addUp, addController, addAgent],
  [addInit, addValidate, addRender, addPlan, addDiff],
  [addDeploy, addApprove, addCanary, addRollback, addFreeze],
  [addStatus, addHistory, addShow, addLogs, addHosts],
  [addVars],
  [addDoctor, addHook, addToken],
].flat();

/** Runs one command line (without `node` and the script); the exit status. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const session = createSession(io);
  try {
    await createProgram(session, io).parseAsync(argv, { from: 'user' });
    return session.status();
  } catch (error) {
    return explain(error, io);
  }
}

/** Every command, as commander knows it. */
export function createProgram(session: Session, io: Io): Command {
  const program = new Command('windlass')
    .description('Keeps the containers on plain Docker hosts in line with a Git repository.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .addHelpText(
      'after',
      '\nExit status: 0 done, 1 failed, 2 wrong use; commands that wait for an outcome: 3 failed and rolled back; plan --detailed-exitcode: 2 changes.',
    );
  for (const add of commands) add(program, session);
  return program;
}

function explain(error: unknown, io: Io): number {
  // Commander has said what is wrong, or printed the help that was asked for.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.done : exitStatus.wrongUse;
  const paint = createPaint(io.env, io.stderr);
  io.stderr.write(`${paint('red', 'windlass:')} ${messageOf(error)}\n`);
  const output = error instanceof CliError || error instanceof WindlassError ? error.output : undefined;
  if (output !== undefined) io.stderr.write(`${output.trimEnd()}\n`);
  if (error instanceof CliError) return error.status;
  // An error that is not for people is a mistake of windlass's own: where it comes from helps whoever mends it.
  if (!(error instanceof WindlassError) && error instanceof Error) io.stderr.write(`${error.stack}\n`);
  return exitStatus.failed;
}
