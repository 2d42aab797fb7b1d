import type { Canary } from '../model/application.ts';
import { parseDuration } from './quantities.ts';
import { parsed, type Reader } from './reader.ts';
import { fields, present } from './reader-collections.ts';
import { canaryKeys } from './windlass-keys.ts';

/** As far as one place says it. */
export type SaidOfCanary = Partial<Canary>;

/** `canary:` of a service, in compose.yaml or in the environment's file. */
export const readCanary: Reader<SaidOfCanary> = (at) => {
  const found = fields(at, { known: Object.keys(canaryKeys) });
  return found && present({ containers: found.read('containers', readContainers), pauseMs: found.read('pause', readPause) });
};

/** The environment's words over the service's own, one by one: `containers: 0` takes a canary away. */
export function canaryOf(own: SaidOfCanary | undefined, environments: SaidOfCanary | undefined): Canary | undefined {
  if (own === undefined && environments === undefined) return undefined;
  const canary: Canary = { containers: { count: 1 }, pauseMs: 0, ...own, ...environments };
  const none = 'count' in canary.containers ? canary.containers.count === 0 : canary.containers.percent === 0;
  return none ? undefined : canary;
}

const readContainers: Reader<Canary['containers']> = parsed((text) => {
  const [, digits = '', percent] = /^([0-9]{1,4})(%?)$/.exec(text) ?? [];
  if (digits === '') return undefined;
  const number = Number(digits);
  if (percent === '%') return number <= 100 ? { percent: number } : undefined;
  return number <= 1000 ? { count: number } : undefined;
}, 'a number of containers or a share of them, for example 1 or "10%"');

const readPause: Reader<Canary['pauseMs']> = parsed(
  (text) => (text === 'manual' ? text : parseDuration(text)),
  'manual, or a duration, for example 30s or 5m',
);
