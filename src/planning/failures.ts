import type { UpdatePolicy } from '../model/application.ts';
import type { Pace } from './plan.ts';

/** What has failed in a deployment: the container, and its service; undefined for what is no service's, as an image. */
export interface Failure {
  readonly name: string;
  readonly service: string | undefined;
}

/**
 * What so many failures call for: `undefined`, to go on with the others; else what the first service that does not put up with its own
 * wants. A failure that is no service's is put up with by nobody.
 */
export function callFor(
  failures: readonly Failure[],
  paces: readonly Pace[],
): Exclude<UpdatePolicy['failureAction'], 'continue'> | undefined {
  for (const service of new Set(failures.map((failure) => failure.service))) {
    const pace = paces.find(({ name }) => name === service);
    if (!pace) return 'rollback';
    const { maxFailureRatio, failureAction } = pace.update;
    const names = new Set(failures.filter((failure) => failure.service === service).map(({ name }) => name));
    if (failureAction !== 'continue' && names.size > pace.replicas * maxFailureRatio) return failureAction;
  }
  return undefined;
}
