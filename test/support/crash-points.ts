/**
 * What the crash tests are made of, as values: the kinds of releases, the injection points on the way of each, and who may be killed
 * with `kill -9` while a process stands at one.
 */

/** `the engine` takes its containers with it; `the engine alone` is one with live-restore, whose containers run on. */
export type Victim = 'windlass' | 'the agent' | 'the controller' | 'Redis' | 'the engine' | 'the engine alone';

/** `windlass` is controller and agent in one process, as `windlass up` runs them; the others die while the rest lives on. */
export const victims: readonly Victim[] = ['windlass', 'the agent', 'the controller', 'Redis', 'the engine', 'the engine alone'];

/** What a release does, as the end of `a release that is`. What each comes to is in crash-site.ts. */
export type Kind =
  /** A changed config file is pushed into two running containers, one after the other. */
  | 'hot-pushed'
  /** A config file that is checked in a shadow is pushed, and its container restarted. */
  | 'restarted'
  /** An image is built, a job runs, a container is replaced beside the old one, and another one that stops first. */
  | 'rebuilt'
  /** The same, and another one is pushed while somebody is dead. */
  | 'overtaken'
  /** A job alone runs again, for two seconds. */
  | 'migrated'
  /** A config file that its check refuses. */
  | 'refused'
  /** One that the check of the second container refuses, and that of the first does not. */
  | 'refused by one'
  | 'refused in a shadow'
  /** One that passes its check and then fails its verification. */
  | 'rolled back'
  | 'restarted in vain'
  /** One that the process dies of. */
  | 'deadly'
  /** A container does not get healthy beside the one that it is to replace. */
  | 'withdrawn'
  /** A container does not stay up for which the old one was stopped first. */
  | 'turned back';

/**
 * A kind of release, and points in the order in which one comes by there, also when it has begun again behind each of the earlier deaths.
 */
interface Way {
  readonly kind: Kind;
  readonly points: readonly string[];
}

const pushed = ['push:swapped', 'push:acted', 'push:verified', 'push:recorded'];

export const ways: readonly Way[] = [
  {
    kind: 'hot-pushed',
    points: [
      'source:fetched',
      'source:raised',
      'deploy:planned',
      'push:staged',
      'push:checked',
      'deploy:accepted',
      'push:go',
      ...pushed,
      'deploy:waved',
      'deploy:brought',
      'deploy:concluded',
    ],
  },
  { kind: 'restarted', points: ['shadow:created', 'shadow:placed', 'shadow:started', 'shadow:ended', ...pushed] },
  {
    kind: 'rebuilt',
    points: [
      'build:start',
      'build:running',
      'build:done',
      'job:cleared',
      'job:started',
      'recreate:created',
      'recreate:cleared',
      'recreate:placed',
      'recreate:started',
      'recreate:stopped-old',
      'recreate:removed-old',
      'remove:drained',
      'remove:stopped',
      'remove:removed',
      'remove:renamed',
    ],
  },
  // Whoever goes on behind an earlier point finds the job ended, its container ready, or only to be renamed: nobody comes by here.
  { kind: 'rebuilt', points: ['job:exited', 'recreate:ready', 'recreate:renamed'] },
  { kind: 'overtaken', points: ['recreate:stopped-old', 'recreate:ready', 'takeover:removed-old', 'takeover:renamed'] },
  { kind: 'migrated', points: ['job:started'] },
  { kind: 'refused', points: ['deploy:planned', 'push:staged', 'deploy:refused', 'deploy:waved', 'deploy:concluded'] },
  { kind: 'refused by one', points: ['push:checked', 'push:released'] },
  { kind: 'refused in a shadow', points: ['shadow:started', 'shadow:ended', 'deploy:waved'] },
  {
    kind: 'rolled back',
    points: ['push:swapped', 'push:acted', 'takeback:begun', 'takeback:restored', 'takeback:done', 'deploy:waved', 'deploy:concluded'],
  },
  { kind: 'restarted in vain', points: ['push:acted', 'takeback:begun', 'takeback:done'] },
  // Whoever goes on behind one of these finds the container down, and starts it.
  ...['revive:stopped', 'revive:restored', 'revive:started'].map((point): Way => ({ kind: 'deadly', points: [point] })),
  { kind: 'withdrawn', points: ['recreate:started', 'recreate:withdrawn'] },
  { kind: 'turned back', points: ['recreate:stopped-old', 'recreate:started', 'recreate:withdrawn', 'recreate:started-old'] },
];

/** Points that an agent only passes behind its own death at an earlier one of their way. */
export const behindItsDeath: readonly string[] = ['recreate:cleared', 'takeover:removed-old', 'takeover:renamed'];

/** A Docker 20.10 with live-restore that is killed right behind a start never asks the healthcheck again (docs/limitations.md). */
export const isNeverHealthy = (victim: Victim, kind: Kind, point: string): boolean =>
  victim === 'the engine alone' && point === 'recreate:started' && (kind === 'rebuilt' || kind === 'withdrawn');

/** Where something else is pushed while somebody is dead: a replaced container is about to get its name. */
export const overtakenAt = 'recreate:ready';

/** One release of a kind, and who dies where on its way, one after the other. */
export interface CrashRelease {
  readonly kind: Kind;
  readonly deaths: readonly (readonly [point: string, victim: Victim])[];
}

/** A release of that kind in which the same victim dies at each of the points. */
export const dyingAt = (victim: Victim, kind: Kind, points: readonly string[]): CrashRelease => ({
  kind,
  deaths: points.map((point) => [point, victim]),
});

/** What dies where, as a sentence. */
export function titleOf({ kind, deaths }: CrashRelease): string {
  const said = deaths.map(([point, victim], at) => (deaths[at - 1]?.[1] === victim ? point : `${victim} dies at ${point}`));
  return `a release that is ${kind}: ${said.join(', ')}`;
}
