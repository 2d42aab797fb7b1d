/**
 * What the crash tests are made of, as values: the kinds of releases, the injection points on the way of each, and who may be killed
 * with `kill -9` while a process stands at one.
 */

/** `the engine` takes its containers with it; `the engine alone` is one with live-restore, whose containers run on. */
export type Victim = 'windlass' | 'the agent' | 'the controller' | 'Redis' | 'the engine' | 'the engine alone';

/** `windlass` is controller and agent in one process, as `windlass up` runs them; the others die while the rest lives on. */
export const victims: readonly Victim[] = ['windlass', 'the agent', 'the controller', 'Redis', 'the engine', 'the engine alone'];

export type Kind = 'hot-pushed' | 'rebuilt' | 'refused' | 'rolled back';

/**
 * A kind of release, and points in the order in which one comes by there, also when it has begun again behind each of the earlier deaths.
 */
interface Way {
  readonly kind: Kind;
  readonly points: readonly string[];
}

export const ways: readonly Way[] = [
  {
    // A changed config file is pushed into two running containers, one after the other.
    kind: 'hot-pushed',
    points: [
      'source:fetched',
      'source:raised',
      'deploy:planned',
      'push:staged',
      'push:checked',
      'deploy:accepted',
      'push:go',
      'push:swapped',
      'push:acted',
      'push:verified',
      'deploy:waved',
      'deploy:brought',
      'deploy:concluded',
    ],
  },
  {
    // An image is built, a job runs, a container is replaced beside the old one, and another one that stops first.
    kind: 'rebuilt',
    points: [
      'build:start',
      'build:done',
      'job:started',
      'recreate:created',
      'recreate:placed',
      'recreate:started',
      'recreate:stopped-old',
      'recreate:removed-old',
      'remove:drained',
      'remove:stopped',
      'remove:removed',
    ],
  },
  // Whoever goes on behind an earlier point finds the job ended, its container ready, or only to be renamed: nobody comes by here.
  { kind: 'rebuilt', points: ['job:exited', 'recreate:ready', 'recreate:renamed'] },
  // A config file that its check refuses.
  { kind: 'refused', points: ['deploy:planned', 'push:staged', 'deploy:waved', 'deploy:concluded'] },
  {
    // One that passes its check and then fails its verification.
    kind: 'rolled back',
    points: ['push:swapped', 'push:acted', 'takeback:begun', 'takeback:restored', 'takeback:done', 'deploy:waved', 'deploy:concluded'],
  },
];

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
