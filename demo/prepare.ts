import { access, mkdtemp, readFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianImage, importDebian } from '../playground/debian-image.ts';
import { ensurePrograms, hasProgram, programs } from '../playground/machine.ts';
import { createClient } from '../src/docker/client.ts';
import { createEngine } from '../src/docker/create-engine.ts';
import { type EngineEndpoint, resolveEndpoint } from '../src/docker/endpoint.ts';
import type { Engine } from '../src/docker/engine.ts';
import { messageOf } from '../src/errors.ts';
import type { Lifecycle } from '../src/lifecycle.ts';
import { lockState } from '../src/state-lock.ts';
import { type HostNetwork, rememberNetwork, restoreNetwork } from './host-network.ts';
import { clearLeftovers, removeFolders } from './leftovers.ts';
import { installDocker, startOwnEngine } from './own-engine.ts';
import { putBack, strangers, takenNames } from './put-back.ts';
import { stateDirectory, writeRecord } from './record.ts';
import { expect, type Voice } from './voice.ts';

/** What the story needs of the machine. */
export interface Machine {
  readonly engine: Engine;
  readonly dockerHost: string;
}

/** Programs, an engine, a base image. All that is made is put under `lifecycle`. */
export async function prepare(voice: Voice, lifecycle: Lifecycle): Promise<Machine> {
  if (process.platform !== 'linux') throw new Error('The demo needs Linux: windlass reaches its containers at their own addresses.');
  const unlock = await lockState(stateDirectory(), 'controller').catch((error: Error) => {
    throw new Error(`Another demo runs already. (${error.message})`);
  });
  lifecycle.add('lock', unlock);
  const redis = hasProgram('valkey-server') ? [] : [programs.redis];
  // The last two are the hook's.
  await ensurePrograms([programs.git, ...redis, programs.curl, programs.openssl], voice.note);
  await clearLeftovers(voice);
  const temporary = await mkdtemp(join(tmpdir(), 'windlass-demo-'));
  lifecycle.add('folders', () => removeFolders(temporary));

  const { endpoint, ...network } = await findEngine(voice, lifecycle, temporary);
  const engine = createEngine(endpoint);
  const foreign = await strangers(engine);
  if (foreign.length > 0) {
    throw new Error(`This engine has containers of windlass that no demo made (${foreign.join(', ')}): the demo would not be alone there.`);
  }
  const before = await takenNames(engine);
  await writeRecord({ dockerHost: endpoint.url, temporary, ...before, ...network });
  lifecycle.add('containers, networks and images', () => putBack(engine, before));
  await provideBase(engine, endpoint, voice);
  return { engine, dockerHost: endpoint.url };
}

interface Found {
  readonly endpoint: EngineEndpoint;
  readonly hostNetwork?: HostNetwork;
}

/** The engine that `docker` would use here, else one of the demo's own. */
async function findEngine(voice: Voice, lifecycle: Lifecycle, temporary: string): Promise<Found> {
  const found = (await usableEngine(voice)) ?? (await installDocker(voice).then(() => usableEngine(voice)));
  if (found) return { endpoint: found };
  const hostNetwork = await rememberNetwork();
  // The record comes first: what is killed now is found again.
  await writeRecord({
    dockerHost: `unix://${temporary}/docker.sock`,
    temporary,
    tags: {},
    networks: [],
    ...(hostNetwork ? { hostNetwork } : {}),
  });
  if (hostNetwork) lifecycle.add('network', () => restoreNetwork(hostNetwork));
  const own = await startOwnEngine(temporary);
  lifecycle.add('dockerd', own.stop);
  voice.note('no Docker engine answered: the demo runs a dockerd of its own until it ends');
  return { endpoint: { url: own.dockerHost }, ...(hostNetwork ? { hostNetwork } : {}) };
}

/** Undefined where none answers. One that answers but hides its containers' addresses is refused. */
async function usableEngine(voice: Voice): Promise<EngineEndpoint | undefined> {
  const endpoint = await resolveEndpoint({
    env: process.env,
    home: homedir(),
    readFile: (path) => readFile(path, 'utf8').catch(() => undefined),
    exists: (path) =>
      access(path).then(
        () => true,
        () => false,
      ),
  });
  const info = await createClient(endpoint)
    .docker.info()
    .catch((error: unknown) => noneAnswers(endpoint, error));
  if (!info) return undefined;
  const hidden = !endpoint.url.startsWith('unix:') || /Docker Desktop/.test(info.OperatingSystem) || /rootless/.test(info.SecurityOptions);
  if (hidden) {
    const what = `The engine at ${endpoint.url} does not run on this very machine as root`;
    throw new Error(`${what}: windlass could not reach its containers' addresses from here. Set DOCKER_HOST to one that does.`);
  }
  voice.note(`Docker ${info.ServerVersion} answers at ${endpoint.url}`);
  return endpoint;
}

/** Where there is no engine, undefined: the demo then brings its own. One that is there and cannot be asked is somebody's to put right. */
function noneAnswers({ url }: EngineEndpoint, error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (!process.env.DOCKER_HOST && (code === 'ENOENT' || code === 'ECONNREFUSED')) return undefined;
  const cure =
    code === 'EACCES'
      ? 'run the demo as root, or as a user who may use Docker (group docker)'
      : 'start it, or set DOCKER_HOST to one that runs';
  throw new Error(`The Docker engine at ${url} cannot be asked (${messageOf(error)}): ${cure}.`, { cause: error });
}

async function provideBase(engine: Engine, endpoint: EngineEndpoint, voice: Voice): Promise<void> {
  if (await engine.inspectImage(debianImage)) return voice.note(`${debianImage} is there`);
  voice.note(`pulling ${debianImage}`);
  const refusal = await engine
    .pullImage(debianImage, () => {}, AbortSignal.timeout(15_000))
    .then(
      () => undefined,
      (error: Error) => error,
    );
  if (!refusal) return;
  voice.note(`no registry gives it (${refusal.message})`);
  await importDebian(createClient(endpoint).docker, voice.note);
  expect((await engine.inspectImage(debianImage)) !== undefined, `the engine has taken ${debianImage}`);
}
