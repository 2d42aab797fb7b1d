import { createHash } from 'node:crypto';
import type { Declared, Revision } from '../model/control.ts';
import type { Difference } from './difference.ts';

/**
 * What a person agrees to: the revision, what windlass.yaml says of the environment, and which steps are due where. Builds
 * are left out, for they are done beforehand; so are the bytes of files, which follow from these and from who is there.
 */
export function planDigest(revision: Revision, declared: Declared, differences: readonly Difference[]): string {
  const steps = differences
    .filter(({ kind }) => kind !== 'build-image')
    .map(({ kind, name, host, order }) => [kind, name, host, order ?? ''].join(' '))
    .sort();
  const sources = Object.entries(revision.sources).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([revision.commit, sources, material(declared), steps]))
    .digest('hex');
}

/** Whether two readings of windlass.yaml say the same of an environment and its hosts. */
export const sameDeclaration = (a: Declared, b: Declared): boolean => material(a) === material(b);

/** Without what changes nothing that runs: the branch's name, the approval itself, and on which line something stands. */
const material = ({ environment, root }: Declared): string =>
  JSON.stringify([environment.apps ?? null, environment.hosts ?? null, root.hosts], (_, value) => (isPlace(value) ? null : value));

const isPlace = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).sort().join() === 'column,file,line';
