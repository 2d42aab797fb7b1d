import type { AppTarget, Target } from './targets.ts';

/** Every key that windlass has in Redis, but for the inventory's and BullMQ's own under `queuePrefix`. */
export const queuePrefix = 'windlass:q';

export const keys = {
  wanted: (target: Target) => `windlass:wanted:${target}`,
  targets: 'windlass:targets',
  unsettled: 'windlass:unsettled',
  delivery: (source: string, id: string) => `windlass:delivery:${source}:${id}`,
  /** By environment that it moved: how that one has fared with it so far. */
  deliveryOutcomes: (source: string, id: string) => `windlass:delivered:${source}:${id}`,
  openDeliveries: (source: string) => `windlass:deliveries:${source}`,
  /** Pushes that an environment has not come to the end of; the revision it was moved to last. */
  pushes: (environment: string) => `windlass:pushes:${environment}`,
  pushed: (environment: string) => `windlass:pushed:${environment}`,
  /** Commits that the Git host shows as pending. */
  shownPending: (environment: string) => `windlass:pending:${environment}`,
  payload: (queue: string, key: string) => `windlass:payload:${queue}:${key}`,
  session: (host: string) => `windlass:host:${host}:session`,
  word: (job: string) => `windlass:word:${job}`,
  givenUp: (job: string) => `windlass:given-up:${job}`,
  deployment: (id: string) => `windlass:deployment:${id}`,
  deploymentLog: (id: string) => `windlass:deployment:${id}:log`,
  deployments: 'windlass:deployments',
  deploymentsOf: (scope: string) => `windlass:deployments:${scope}`,
  remembered: (target: AppTarget) => `windlass:remembered:${target}`,
  state: (target: AppTarget) => `windlass:state:${target}`,
  environment: (name: string) => `windlass:environment:${name}`,
  environments: 'windlass:environments',
  /** Freezes, pins, approvals, limits and canaries let on, by what they concern. */
  controls: (environment: string) => `windlass:controls:${environment}`,
  fence: 'windlass:fence',
  untold: 'windlass:untold',
  format: 'windlass:format',
  controller: 'windlass:controller',
  agent: (host: string) => `windlass:agent:${host}`,
} as const;

/** Where an agent says how far a step is. */
export const stepsChannel = 'windlass:steps';
/** Where held steps hear how to go on. */
export const wordsChannel = 'windlass:words';
/** Where live followers hear what changed. */
export const eventsChannel = 'windlass:events';
