import { WindlassError } from '../errors.ts';
import type { Check } from './checks.ts';
import { type InstallRequest, targetsOf } from './install-request.ts';
import type { InstallSession, Report } from './install-session.ts';
import { cannotInstall } from './placement.ts';
import { toolOutput } from './tool-output.ts';

/** What the script could not do, or that it is gone, in its tool's words; waits for its end. `names` are targets by staged paths. */
export async function failure(
  session: InstallSession,
  request: InstallRequest,
  report: Report | undefined,
  names: ReadonlyMap<string, string>,
): Promise<WindlassError> {
  await session.end();
  const output = toolOutput(session.output(), names);
  const [first = '', second = '', ...rest] = (report?.rest ?? '').split(' ');
  if (report?.word === 'refused') return refusal(request.name, checkName(request.checks[Number(first) - 1]), Number(second), output);
  if (report?.word === 'failed') return failed(request, first, Number(second), rest.join(' '), output);
  const message = `${request.name} or the connection to it went away while files were installed`;
  return new WindlassError('docker', message, { permanent: false, output });
}

function failed(request: InstallRequest, what: string, number: number, names: string, output: string): WindlassError {
  if (what === 'late') {
    const check = checkName(request.checks[number - 1]);
    return new WindlassError('refused', `the check ${check} did not end in time in ${request.name}; nothing has changed`, { output });
  }
  if (what === 'missing') {
    const message = `cannot act in ${request.name}: there is no ${request.action[1]} in its image; nothing has changed`;
    return new WindlassError('install', message, { output });
  }
  if (what === 'deaf' || what === 'powerless' || what === 'nobody') return unheeded(request, what, number, names);
  const target = targetsOf(request)[number - 1] ?? '';
  if (what === 'folder') return cannotInstall(target, request.name, 'is a folder', 'name a file as the target');
  const error = cannotInstall(
    target,
    request.name,
    problems[what] ?? `failed (${what})`,
    'if it lacks a program or a capability, use action: recreate',
  );
  return new WindlassError('install', error.message, { output });
}

/** A signal that would be lost, or kill: nobody of that name runs, root may not send it one, or it has no handler. */
function unheeded({ name, action }: InstallRequest, what: 'deaf' | 'powerless' | 'nobody', pid: number, comm: string): WindlassError {
  const [, signal = '', , process = ''] = action;
  if (what === 'nobody')
    return new WindlassError('install', `cannot send ${signal} in ${name}: no process there is named ${process}; nothing has changed`);
  if (what === 'powerless')
    return new WindlassError(
      'install',
      `cannot send ${signal} in ${name}: process ${pid} (${comm}) has another user, and root has no KILL capability there; add cap_add: [KILL], or use an exec or script action, which runs as the container's user; nothing has changed`,
    );
  const fate = pid === 1 ? 'the kernel would drop it' : 'it would die of it';
  return new WindlassError(
    'install',
    `cannot send ${signal} in ${name}: process ${pid} (${comm}) does not handle it, so ${fate}; name the process that reloads ({ signal: ${signal}, process: NAME }), or use another action; nothing has changed`,
  );
}

const problems: Readonly<Record<string, string>> = {
  stage: 'could not be written beside its target',
  keep: 'could not be kept for taking it back',
  swap: 'could not be replaced',
};

/** A check's verdict as the error that says so. */
export function refusal(name: string, tool: string, status: number, output: string): WindlassError {
  const message =
    status === 126 || status === 127
      ? `the check ${tool} cannot run in ${name}; nothing has changed`
      : `${tool} refused the new files for ${name} (exit status ${status}); nothing has changed`;
  return new WindlassError('refused', message, { output });
}

const checkName = (check: Check | undefined): string => check?.[0]?.filter((part) => typeof part === 'string').join('') || 'command';

export const noShell = ({ name }: InstallRequest): WindlassError =>
  new WindlassError('install', `cannot install files in ${name} while it runs: its image has no shell; use action: recreate`);

/** The script did not say its first line. */
export async function neverBegan(session: InstallSession, request: InstallRequest): Promise<WindlassError> {
  await session.end();
  const status = await session.exitCode();
  if (status === 126 || status === 127) return noShell(request);
  const message = `the script that installs files in ${request.name} did not begin`;
  return new WindlassError('docker', message, { permanent: false, output: toolOutput(session.output()) });
}
