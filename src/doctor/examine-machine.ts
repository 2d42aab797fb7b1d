import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Engine } from '../docker/engine.ts';
import { messageOf, WindlassError } from '../errors.ts';
import { trialBuild } from '../imagebuild/trial-build.ts';
import type { DiskFacts, EngineFacts, Examination } from '../model/examination.ts';
import { readVersion } from '../version.ts';
import { withPatience } from '../workers/with-patience.ts';

export interface ExamineDependencies {
  readonly engine: Engine;
  /** The engine's address, for messages. */
  readonly endpoint: string;
  readonly stateDirectory: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

const engineWithinMs = 10_000;

/** What there is to be seen of this machine's engine, disks and clock. Tries a build; changes nothing else. */
export async function examineMachine(
  { engine, endpoint, stateDirectory, now }: ExamineDependencies,
  signal: AbortSignal,
): Promise<Examination> {
  const { facts, root } = await withPatience(signal, engineWithinMs, (either) => examineEngine(engine, endpoint, either));
  const disks = [await examineState(stateDirectory), ...(root === undefined ? [] : [await examineStorage(root)])];
  return { version: readVersion(), now: now(), engine: facts, disks };
}

async function examineEngine(
  engine: Engine,
  endpoint: string,
  signal: AbortSignal,
): Promise<{ readonly facts: EngineFacts; readonly root: string | undefined }> {
  try {
    const { version, apiVersion, os, storage, root } = await inTime(engine.info(), signal);
    const buildError = await inTime(trialBuild(engine, signal), signal).then(() => undefined, sayWhy);
    const facts = {
      state: 'there',
      endpoint,
      version,
      apiVersion,
      os,
      storage,
      ...(buildError === undefined ? {} : { buildError }),
    } as const;
    return { facts, root };
  } catch (error) {
    return { facts: { state: 'away', endpoint, reason: sayWhy(error) }, root: undefined };
  }
}

/** An engine that hangs is away, too. */
const inTime = <T>(work: Promise<T>, signal: AbortSignal): Promise<T> => {
  work.catch(() => {});
  const late = new Promise<never>((_resolve, reject) =>
    signal.addEventListener(
      'abort',
      () => reject(new WindlassError('docker', `the engine did not answer within ${engineWithinMs / 1_000} s`)),
      {
        once: true,
      },
    ),
  );
  return Promise.race([work, late]);
};

function sayWhy(error: unknown): string {
  const output = error instanceof WindlassError ? error.output?.trim().split('\n').at(-1) : undefined;
  return output === undefined || output === '' ? messageOf(error) : `${messageOf(error)}: ${output}`;
}

/** Before the first start the folder is not there: then it is its parent that counts. */
export async function examineState(path: string): Promise<DiskFacts> {
  const what = 'the state directory';
  for (let folder = path; ; folder = dirname(folder)) {
    try {
      const room = await roomOf(folder);
      const writeError = await access(folder, constants.W_OK | constants.X_OK).then(() => undefined, messageOf);
      return { what, path, ...room, ...(writeError === undefined ? {} : { writeError }) };
    } catch (error) {
      if (folder === dirname(folder) || (error as NodeJS.ErrnoException).code !== 'ENOENT')
        return { what, path, writeError: messageOf(error) };
    }
  }
}

/** An agent in a container, or one whose engine is elsewhere, does not see it. */
async function examineStorage(path: string): Promise<DiskFacts> {
  const room = await roomOf(path).catch(() => ({}));
  return { what: "the engine's storage", path, ...room };
}

async function roomOf(path: string): Promise<{ readonly free: number; readonly total: number }> {
  const { bavail, bsize, blocks } = await statfs(path);
  return { free: bavail * bsize, total: blocks * bsize };
}
