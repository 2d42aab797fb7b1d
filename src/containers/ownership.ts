import type { ContainerInspect } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import type { Ledger } from '../model/ledger.ts';
import { isInPlace } from '../model/owner-and-mode.ts';
import type { ContainerToCreate } from '../model/step.ts';
import { hasHealthcheck } from './readiness.ts';

const place = ['windlass.environment', 'windlass.app', 'windlass.service', 'windlass.index'];

/** Throws unless windlass made this container for this very place; strangers and other people's are never touched. */
export function assertOurs(found: ContainerInspect, wanted: ContainerToCreate): void {
  assertMade(found);
  const other = place.find((label) => found.Config.Labels[label] !== wanted.labels[label]);
  if (other === undefined) return;
  throw new WindlassError(
    'docker',
    `container ${nameOf(found)} belongs elsewhere: its label ${other} is ${JSON.stringify(found.Config.Labels[other] ?? '')}, not ${JSON.stringify(wanted.labels[other] ?? '')}; rename one of the two`,
  );
}

/** Throws unless windlass made this container. */
export function assertMade(found: ContainerInspect): void {
  if (found.Config.Labels['windlass.spec'] !== undefined) return;
  throw new WindlassError('docker', `a container named ${nameOf(found)} that windlass did not make is in the way; rename or remove it`);
}

/** Running, made from this spec and image, with these files: what a killed run left behind may be used. */
export function isRight(
  found: ContainerInspect,
  wanted: ContainerToCreate,
  imageId: string,
  ledger: Ledger,
  how: 'exactly' | 'at-least' = 'exactly',
): boolean {
  return isUp(found) && isMadeFrom(found, wanted, imageId) && hasFiles(found.Id, wanted, ledger, how);
}

/**
 * Running and, by its healthcheck or the ledger, good for its work: whatever its spec, it is not stopped before its replacement is ready.
 */
export function isProven(found: ContainerInspect, ledger: Ledger): boolean {
  return isUp(found) && (hasHealthcheck(found) ? found.State.Health?.Status === 'healthy' : ledger.ready(found.Id));
}

const isUp = ({ State: { Running, Paused, Restarting } }: ContainerInspect): boolean => Running && !Paused && !Restarting;

/** Whatever its state: made from this spec and image. */
export function isMadeFrom(found: ContainerInspect, wanted: ContainerToCreate, imageId: string): boolean {
  return found.Config.Labels['windlass.spec'] === wanted.labels['windlass.spec'] && found.Image === imageId;
}

/** By the ledger; `at-least` does not mind further files. */
export function hasFiles(id: string, { files }: ContainerToCreate, ledger: Ledger, how: 'exactly' | 'at-least'): boolean {
  const known = ledger.configs(id);
  const all = files.every((file) => isInPlace(known[file.target], file));
  return all && (how === 'at-least' || Object.keys(known).length === files.length);
}

/** Without the slash that the engine puts before it. */
export const nameOf = (found: ContainerInspect): string => found.Name.replace(/^\//, '');
