import type { Kind } from './crash-points.ts';

/** The variables of test/fixtures/crash. `word` is YAML: it may be a formula. */
export interface Values {
  /** What each line of the page says. */
  readonly word: string;
  readonly banner: string;
  /** What is baked into the image. */
  readonly release: string;
  /** What the job runs for, and for how many seconds. */
  readonly job: string;
  readonly lasts: string;
  /** `fine`, or the container is not. */
  readonly web: string;
  readonly fixed: string;
}

/** What a release of a kind changes, and how it ends, whoever dies on its way. */
interface Change {
  readonly app: 'page' | 'baked';
  pushed(n: number): Partial<Values>;
  /** Its values are there afterwards; else it fails, and what was there before still serves. */
  readonly takesEffect: boolean;
  /** What stays as it was, of all containers: their processes, or at least themselves. */
  readonly keeps?: 'processes' | 'containers';
  /** What its failure says. */
  readonly says?: RegExp;
  /** What had changed has been taken back. */
  readonly undone?: boolean;
  /** Which processes of pages are told: each of them, or somebody twice, for what was taken back. */
  readonly acts?: 'each' | 'twice';
}

const rebuilt = { app: 'baked', pushed: (n: number) => ({ release: String(n), lasts: '0' }), takesEffect: true } as const;
const refused = { app: 'page', takesEffect: false, keeps: 'processes', says: /refuse-\d+/ } as const;
const failing = { app: 'baked', takesEffect: false } as const;

export const changes: Readonly<Record<Kind, Change>> = {
  'hot-pushed': { app: 'page', pushed: (n) => ({ word: `good-${n}` }), takesEffect: true, keeps: 'processes', acts: 'each' },
  restarted: { app: 'page', pushed: (n) => ({ banner: `good-${n}` }), takesEffect: true, keeps: 'containers' },
  rebuilt,
  overtaken: rebuilt,
  migrated: { app: 'baked', pushed: (n) => ({ job: String(n), lasts: '2' }), takesEffect: true },
  refused: { ...refused, pushed: (n) => ({ word: `refuse-${n}` }) },
  'refused by one': { ...refused, pushed: (n) => ({ word: `{ cel: "container.index == 1 ? 'good-${n}' : 'refuse-${n}'" }` }) },
  'refused in a shadow': { ...refused, pushed: (n) => ({ banner: `refuse-${n}` }) },
  'rolled back': {
    app: 'page',
    pushed: (n) => ({ word: `break-${n}` }),
    takesEffect: false,
    keeps: 'processes',
    undone: true,
    acts: 'twice',
  },
  'restarted in vain': { app: 'page', pushed: (n) => ({ banner: `break-${n}` }), takesEffect: false, keeps: 'containers', undone: true },
  deadly: { app: 'page', pushed: (n) => ({ word: `die-${n}` }), takesEffect: false, keeps: 'containers', undone: true },
  withdrawn: { ...failing, pushed: () => ({ web: 'broken' }), keeps: 'processes', says: /web-1.* is unhealthy/ },
  'turned back': { ...failing, pushed: () => ({ fixed: 'broken' }), keeps: 'containers', undone: true, says: /fixed-1.* exited with 1/ },
};
