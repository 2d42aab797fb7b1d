import { spawn } from 'node:child_process';
import { messageOf } from '../errors.ts';

/** The machine's own git, run as a child process: argv only, no shell, no configuration of the machine's or the user's. */
export interface SystemGit {
  /** Its stdout; GitFailure where it exits with another status than 0, the signal's reason where it was given up. */
  run(argv: readonly string[], options: GitRun): Promise<string>;
}

export interface GitRun {
  /** The only way Git may reach another repository. */
  readonly protocol: 'https' | 'http' | 'ssh' | 'file' | 'none';
  readonly signal: AbortSignal;
  /** Over git's own environment: what must not be in a process list. */
  readonly environment?: Readonly<Record<string, string>>;
  /** As `git -c` would say it, but in the environment. */
  readonly config?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Whose files it writes, where windlass is root and the repository somebody else's. */
  readonly owner?: { readonly uid: number; readonly gid: number };
}

export interface SystemGitOptions {
  /** Where programs are looked for. */
  readonly path: string;
  readonly home: string;
  /** The user's ssh agent. */
  readonly sshAuthSock: string | undefined;
  /** The certificates that windlass itself believes; undefined: those of the machine. */
  readonly caFile?: string | undefined;
}

/** What git said before it ended with `status`; null where it was killed. */
export class GitFailure extends Error {
  override readonly name = 'GitFailure';
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(failure: { readonly status: number | null; readonly stdout: string; readonly stderr: string }) {
    super(lastLine(failure.stderr) || `git ended with status ${failure.status}`);
    this.status = failure.status;
    this.stdout = failure.stdout;
    this.stderr = failure.stderr;
  }
}

/** Nothing that git is asked for here takes longer, but for a transfer on a line that barely moves. */
const longestMs = 30 * 60_000;
const killAfterMs = 5_000;
const mostOutput = 64 * 2 ** 20;

/** Undefined where there is no git on the path. */
export async function findSystemGit(options: SystemGitOptions): Promise<SystemGit | undefined> {
  const run: SystemGit['run'] = (argv, how) => runGit(argv, how, environmentOf(options, how));
  try {
    await run(['--version'], { protocol: 'none', signal: AbortSignal.timeout(10_000) });
    return { run };
  } catch {
    return undefined;
  }
}

function environmentOf({ path, home, sshAuthSock, caFile }: SystemGitOptions, { protocol, environment, config = {} }: GitRun) {
  const trust = caFile === undefined ? {} : { 'http.sslCAInfo': caFile };
  const settings = Object.entries({ 'gc.auto': '0', 'maintenance.auto': 'false', ...trust, ...config });
  return {
    PATH: path,
    HOME: home,
    LC_ALL: 'C',
    ...(sshAuthSock === undefined ? {} : { SSH_AUTH_SOCK: sshAuthSock }),
    GIT_TERMINAL_PROMPT: '0',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(
      settings.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
    ...environment,
  };
}

function runGit(argv: readonly string[], { signal, input, owner }: GitRun, env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // A group of its own: ssh and git's helpers end with it.
    const child = spawn('git', argv, { env, cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'pipe'], ...owner });
    const output = { stdout: '', stderr: '' };
    let killing: NodeJS.Timeout | undefined;
    const kill = (name: NodeJS.Signals) => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, name);
      } catch {
        // It has ended by itself.
      }
    };
    const giveUp = () => {
      kill('SIGTERM');
      killing ??= setTimeout(() => kill('SIGKILL'), killAfterMs);
    };
    const deadline = setTimeout(giveUp, longestMs);
    const settle = () => {
      clearTimeout(deadline);
      clearTimeout(killing);
      signal.removeEventListener('abort', giveUp);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.stdout.length + text.length > mostOutput) giveUp();
      else output.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr = (output.stderr + text).slice(-8_192);
    });
    child.on('error', (error) => {
      settle();
      reject(new GitFailure({ status: null, stdout: '', stderr: `git cannot be run: ${messageOf(error)}` }));
    });
    child.on('close', (status) => {
      settle();
      if (signal.aborted) reject(signal.reason);
      else if (status === 0) resolve(output.stdout);
      else reject(new GitFailure({ status, ...output }));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** The line that says why: `fatal: …` before what follows it as advice. */
function lastLine(stderr: string): string {
  const lines = stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const fatal = lines.find((line) => /^(?:fatal|error): /.test(line));
  return (fatal ?? lines.at(-1) ?? '').replace(/^(?:fatal|error): /, '').slice(0, 300);
}
