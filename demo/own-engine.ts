import { spawn } from 'node:child_process';
import { mkdir, open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensurePrograms, programs } from '../playground/machine.ts';
import { createEngine } from '../src/docker/create-engine.ts';
import { mark } from './leftovers.ts';
import { stateDirectory } from './record.ts';
import type { Voice } from './voice.ts';

export interface OwnEngine {
  readonly dockerHost: string;
  stop(): Promise<void>;
}

export async function installDocker(voice: Voice): Promise<void> {
  if (process.getuid?.() !== 0)
    throw new Error('No Docker engine answers here. Start one, or run the demo as root: it then brings its own.');
  await ensurePrograms([programs.dockerd, programs.iptables, programs.ip], voice.note);
}

/** A dockerd of the demo's own: its data in the demo's state, its socket in `temporary`, the machine's network. */
export async function startOwnEngine(temporary: string): Promise<OwnEngine> {
  const socket = join(temporary, 'docker.sock');
  const settings = join(temporary, 'daemon.json');
  await mkdir(stateDirectory(), { recursive: true });
  await writeFile(settings, '{}');
  const logFile = join(temporary, 'dockerd.log');
  const log = await open(logFile, 'a');
  const places = ['--data-root', join(stateDirectory(), 'docker'), '--exec-root', join(temporary, 'exec'), '--config-file', settings];
  // In a session of its own: Ctrl-C is for the demo, which stops it last.
  const child = spawn('dockerd', ['--host', `unix://${socket}`, '--pidfile', join(temporary, 'docker.pid'), ...places], {
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
    env: { ...process.env, ...mark() },
  });
  await log.close();
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(`it ended with ${code ?? signal}`));
    child.once('error', (error) => resolve(error.message));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    if ((await Promise.race([ended, sleep(20_000, undefined, { ref: false })])) === undefined) child.kill('SIGKILL');
    await ended;
  };
  const engine = createEngine({ url: `unix://${socket}` });
  const trouble = await Promise.race([ended, answering(engine.info)]);
  if (trouble === undefined) return { dockerHost: `unix://${socket}`, stop };
  await stop();
  const lastWords = (await readFile(logFile, 'utf8')).trimEnd().split('\n').slice(-5).join('\n');
  throw new Error(`dockerd does not start here: ${trouble}\n${lastWords}`);
}

/** Undefined once it answers. */
async function answering(ask: () => Promise<unknown>): Promise<string | undefined> {
  for (let tries = 0; tries < 300; tries++) {
    if (await ask().catch(() => undefined)) return undefined;
    await sleep(100);
  }
  return 'it does not answer';
}
