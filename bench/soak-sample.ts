import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { silentLog } from '../src/log.ts';
import { socketPathFor } from '../src/queue/embedded-socket.ts';
import { connect, parseInfo } from '../src/queue/redis.ts';
import type { TestEngine } from '../test/support/engine.ts';
import { round } from './figures.ts';

const run = promisify(execFile);

/** What a number of deployments has left behind. Sizes in MiB; memory after a garbage collection. */
export interface Sample {
  readonly deployments: number;
  /** Redis's append-only file, the clone of the repository, and the rest of the state directory. */
  readonly appendOnlyFile: number;
  readonly clone: number;
  readonly state: number;
  readonly engine: number;
  readonly redis: number;
  readonly redisKeys: number;
  readonly heap: number;
  readonly external: number;
  readonly rss: number;
  readonly containers: number;
  readonly images: number;
  readonly networks: number;
  readonly volumes: number;
  readonly openFiles: number;
}

export async function takeSample(
  deployments: number,
  { stateDirectory, engine }: { readonly stateDirectory: string; readonly engine: TestEngine },
): Promise<Sample> {
  // Housekeeping begins ten seconds after a deployment.
  await sleep(12_000);
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const { docker } = engine;
  const [containers, images, networks, { Volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listImages(),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  const [appendOnlyFile, clone] = [await diskUsed(join(stateDirectory, 'appendonlydir')), await diskUsed(join(stateDirectory, 'git'))];
  return {
    deployments,
    appendOnlyFile,
    clone,
    state: round((await diskUsed(stateDirectory)) - appendOnlyFile - clone),
    engine: await diskUsed(join(engine.directory, 'root')),
    ...(await redisUsed(stateDirectory)),
    heap: mebibytes(heapUsed),
    external: mebibytes(external),
    rss: mebibytes(rss),
    containers: containers.length,
    images: images.length,
    networks: networks.length,
    volumes: (Volumes ?? []).length,
    openFiles: (await readdir('/proc/self/fd')).length,
  };
}

const mebibytes = (bytes: number): number => round(bytes / 1024 ** 2);

/** Without what is mounted below it: the containers' own view of their files. */
async function diskUsed(directory: string): Promise<number> {
  // A file may go while it is counted.
  const { stdout } = await run('du', ['-sx', '--block-size=1', directory]).catch((error: { stdout: string }) => error);
  return mebibytes(Number(stdout.split('\t')[0]));
}

async function redisUsed(stateDirectory: string): Promise<{ readonly redis: number; readonly redisKeys: number }> {
  const redis = connect(`unix://${await socketPathFor(stateDirectory)}`, 'worker', silentLog);
  try {
    const used = Number(parseInfo(await redis.info('memory')).get('used_memory'));
    return { redis: mebibytes(used), redisKeys: await redis.dbsize() };
  } finally {
    redis.disconnect();
  }
}
