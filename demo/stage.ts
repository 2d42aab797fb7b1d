import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, isFree } from '../playground/free-port.ts';
import { createGitRepository, type GitRepository } from '../playground/git-repository.ts';
import {
  type Api,
  checkout,
  connectApi,
  startWindlass,
  untilReady,
  type WindlassProcess,
  windlass,
} from '../playground/windlass-process.ts';
import type { Engine } from '../src/docker/engine.ts';
import type { Lifecycle } from '../src/lifecycle.ts';
import type { EnvironmentStatus } from '../src/model/status-documents.ts';
import { endWindlass, mark } from './leftovers.ts';
import { demoLabel } from './outside.ts';
import type { Machine } from './prepare.ts';
import { frontNetwork } from './put-back.ts';
import { stateDirectory } from './record.ts';
import { expect, seconds, type Voice } from './voice.ts';

/** Everything a chapter plays on: the repository people push to, windlass beside it, and eyes of its own. */
export interface Stage {
  readonly voice: Voice;
  readonly engine: Engine;
  readonly repository: GitRepository;
  readonly api: Api;
  /** The load balancer as a browser reaches it. */
  readonly site: string;
  readonly url: string;
  readonly process: WindlassProcess;
  /** When windlass was started, and the first commit. */
  readonly start: Push;
}

export interface Push {
  readonly commit: string;
  /** On the clock of `performance.now()`, before anything was sent. */
  readonly at: number;
}

export async function openStage({ engine, dockerHost }: Machine, voice: Voice, lifecycle: Lifecycle): Promise<Stage> {
  const directory = stateDirectory();
  const repository = await createGitRepository(join(directory, 'git'), join(checkout, 'config-repo-example'));
  const port = await sitePort();
  await adapt(repository, port);
  const commit = await repository.commit('Start with the example');
  await repository.push();
  voice.did(`git push of config-repo-example to ${repository.bare}`);

  const listen = `127.0.0.1:${await freePort()}`;
  const environment = {
    ...mark(),
    WINDLASS_REPOSITORY: repository.bare,
    WINDLASS_STATE_DIR: windlassState(),
    WINDLASS_LISTEN: listen,
    WINDLASS_HOST: 'this-machine',
    // Nothing but the repository's hook tells of a push here.
    WINDLASS_POLL: '1h',
    DOCKER_HOST: dockerHost,
  };
  const at = performance.now();
  // In a session of its own: Ctrl-C is for the demo, which stops it in its turn.
  const process = await startWindlass('up', environment, logFile(), ['setsid']);
  lifecycle.add('windlass', async () => {
    const inTime = await Promise.race([process.stop().then(() => true), sleep(30_000, false, { ref: false })]);
    if (!inTime) await process.kill();
    await endWindlass();
    if (!inTime) throw new Error('windlass up did not end within 30 s of SIGTERM and was killed');
  });
  voice.did('windlass up');
  const url = `http://${listen}`;
  const api = connectApi(url, async () => (await readFile(join(windlassState(), 'admin-token'), 'utf8')).trim());
  await untilReady(api, process);
  const hook = await windlass(environment, 'hook', 'install', '--yes', repository.bare);
  expect(hook.status === 0, `windlass hook install: ${hook.stderr.trim()}`);
  voice.did(`windlass hook install: from now on every git push tells windlass (ready after ${seconds(performance.now() - at)})`);
  return {
    voice,
    engine,
    repository,
    api,
    site: `http://127.0.0.1:${port}`,
    url,
    process,
    start: { commit, at },
  };
}

export const windlassState = (): string => join(stateDirectory(), 'windlass');
export const logFile = (): string => join(stateDirectory(), 'windlass.log');

/** Commits all that was edited and pushes it. */
export async function push({ repository }: Pick<Stage, 'repository'>, message: string): Promise<Push> {
  const commit = await repository.commit(message);
  const at = performance.now();
  await repository.push();
  return { commit, at };
}

/** The environment once it has settled at the push; the story ends where that is not `state`. */
export async function settled({ api }: Stage, { commit }: Push, state: 'deployed' | 'failed'): Promise<EnvironmentStatus> {
  const environment = await api.settled('staging', commit, 900_000);
  const messages = environment.apps.map(({ name, message }) => `${name}: ${message || 'no message'}`).join('\n');
  expect(environment.state === state, `staging is ${state} at ${commit.slice(0, 8)}, not ${environment.state}\n${messages}`);
  return environment;
}

/** What the example needs to stand on this machine beside whatever else is here. */
async function adapt({ edit, write }: GitRepository, port: number): Promise<void> {
  const variables = `LB_PORT=${port}\nFRONT_NETWORK=${frontNetwork}\n`;
  for (const app of ['shop', 'catalog']) {
    await write(`apps/${app}/.env`, variables);
    await edit(`apps/${app}/compose.yaml`, (text) =>
      text.replaceAll(/^( +)restart: unless-stopped$/gm, `$&\n$1labels: { ${demoLabel}: "yes" }`),
    );
  }
}

/** The example's 8000, where it is free. */
const sitePort = async (): Promise<number> => ((await isFree(8000)) ? 8000 : freePort());
