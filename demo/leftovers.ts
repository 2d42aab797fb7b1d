import { execFile } from 'node:child_process';
import { readdir, readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createEngine } from '../src/docker/create-engine.ts';
import { restoreNetwork } from './host-network.ts';
import { putBack } from './put-back.ts';
import { readRecord, stateDirectory } from './record.ts';
import type { Voice } from './voice.ts';

const run = promisify(execFile);

/** In the environment of every process that a demo starts, and so of those that they start. */
export const mark = (): { readonly DEMO_OF_WINDLASS: string } => ({ DEMO_OF_WINDLASS: stateDirectory() });

/** Ends and removes what a demo has left that was killed. Its caller holds the lock: no demo runs. */
export async function clearLeftovers(voice: Voice): Promise<void> {
  const record = await readRecord();
  if (!record) return;
  voice.note('clearing what a demo has left that did not end by itself');
  await endWindlass();
  const engine = createEngine({ url: record.dockerHost });
  if (await engine.info().catch(() => undefined)) await putBack(engine, record);
  await endProcesses(() => true);
  if (record.hostNetwork) await restoreNetwork(record.hostNetwork);
  await removeFolders(record.temporary);
}

/** Ends the demo's windlass and all that belongs to it, also where it did not end by itself. */
export const endWindlass = (): Promise<void> => endProcesses((program) => !/(^|\/)(dockerd|containerd|docker-)/.test(program));

/** The folders of one demo: its temporary one, and all of its state. */
export async function removeFolders(temporary: string): Promise<void> {
  for (const folder of [temporary, stateDirectory()]) {
    await unmountBelow(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

/** SIGTERM to those of a demo's processes whose program is asked for, SIGKILL after 10 s. */
async function endProcesses(asked: (program: string) => boolean): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const found = await markedProcesses(asked);
    if (found.length === 0) return;
    for (const pid of found) signal(pid, tries < 100 ? (tries === 0 ? 'SIGTERM' : 0) : 'SIGKILL');
    await sleep(100);
  }
  throw new Error('processes of an earlier demo do not end');
}

async function markedProcesses(asked: (program: string) => boolean): Promise<readonly number[]> {
  const state = await realpath(stateDirectory());
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const [program = ''] = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).split('\0');
    if (program !== '' && asked(program) && (await isOurs(name, program, state))) found.push(Number(name));
  }
  return found;
}

async function isOurs(pid: string, program: string, state: string): Promise<boolean> {
  const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  if (environment.split('\0').includes(`DEMO_OF_WINDLASS=${stateDirectory()}`)) return true;
  // Redis writes its title over its environment; it works in windlass's state directory.
  return /(redis|valkey)-server/.test(program) && (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === join(state, 'windlass');
}

function signal(pid: number, name: NodeJS.Signals | 0): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** An engine that was killed leaves its mounts; the innermost comes off first. */
async function unmountBelow(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const path of mounts.filter((mount) => mount.startsWith(`${folder}/`)).reverse()) await run('umount', ['--lazy', path]);
}
