import { WindlassError } from '../errors.ts';

interface Refused {
  /** HTTP; 0 where nothing was answered. */
  readonly status: number;
  /** What the Git host said. */
  readonly said: string;
  /** `acme/config`. */
  readonly repository: string;
  readonly commit: string;
  readonly cause?: unknown;
}

/** A status that a Git host did not take, with the cure where it is the token; permanent where trying again cannot help. */
export function refusal({ status, said, repository, commit, cause }: Refused): WindlassError {
  const what = `cannot set the status of ${commit.slice(0, 8)} in ${repository}`;
  const line = said.split('\n', 1)[0]?.slice(0, 200) ?? '';
  const permanent = [400, 401, 404, 422].includes(status) || (status === 403 && !/rate limit/i.test(said));
  if (status === 401 || status === 403 || status === 404) {
    const cure = 'the token needs write access to commit statuses (WINDLASS_REPOSITORY_TOKEN)';
    return new WindlassError('git', `${what}: HTTP ${status}, ${line}; ${cure}`, { permanent, cause });
  }
  return new WindlassError('git', `${what}: ${line}`, { permanent, cause });
}
