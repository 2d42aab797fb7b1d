import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { refuseUnpushable } from './local-repository.ts';
import { parseLocation } from './location.ts';
import { authorizationOf, type RepositoryOptions } from './repository.ts';

/** What a Git host or a disk lets windlass do with a repository, as far as that can be told without doing it. */
export interface AccessRights {
  /** Without credentials. */
  readonly name: string;
  /** Why it cannot be read; undefined: it can, or (over SSH) nobody was asked. */
  readonly readError: string | undefined;
  readonly mayPush: boolean | undefined;
  /** Why it may not be pushed to and what to do, where that is known. */
  readonly pushError?: string | undefined;
}

const withinMs = 10_000;

/** Asks for the list of refs as a fetch and as a push would: nothing is brought and nothing is changed. */
export async function askAccessRights(options: Pick<RepositoryOptions, 'location' | 'provider' | 'token'>): Promise<AccessRights> {
  const location = parseLocation(options.location);
  const { name } = location;
  if (location.kind === 'ssh') return { name, readError: undefined, mayPush: undefined };
  if (location.kind === 'path') return rightsOnDisk(location.path);
  const authorization = authorizationOf(location, options);
  const ask = (service: string) =>
    fetch(`${location.url}/info/refs?service=${service}`, {
      headers: authorization === undefined ? {} : { Authorization: authorization },
      signal: AbortSignal.timeout(withinMs),
    });
  try {
    const reading = await ask('git-upload-pack');
    if (!reading.ok) return { name, readError: `${name} answered ${reading.status}`, mayPush: undefined };
    const { status } = await ask('git-receive-pack');
    return { name, readError: undefined, mayPush: status === 200 ? true : status === 401 || status === 403 ? false : undefined };
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    return { name, readError: `${name} does not answer: ${messageOf(cause)}`, mayPush: undefined };
  }
}

async function rightsOnDisk(path: string): Promise<AccessRights> {
  const objects = await Promise.any([access(join(path, 'objects')), access(join(path, '.git'))]).then(
    () => undefined,
    () => 'no',
  );
  if (objects !== undefined) return { name: path, readError: `${path} is no Git repository that this user may read`, mayPush: undefined };
  const pushError = await refuseUnpushable(path).then(() => undefined, messageOf);
  return { name: path, readError: undefined, mayPush: pushError === undefined, pushError };
}
