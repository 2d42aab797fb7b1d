import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { RememberedStore } from '../queue/remembered.ts';
import { appTarget } from '../queue/targets.ts';
import type { Question, Revisions } from '../workers/revisions.ts';
import type { EnvironmentStore } from './environment-store.ts';

/** Earlier builds of an image that each host keeps where windlass.yaml does not say otherwise. */
const kept = 5;
/** Of images that may be those of an environment that cannot be read. */
const all = Number.MAX_SAFE_INTEGER;

/** What the environments need of the images that windlass builds. */
export interface ImageNeeds {
  /** Whether some environment's newest revision has an image with these inputs; one that cannot be read may have any. */
  needs(inputs: string): Promise<boolean>;
  /**
   * Pinned references of what is wanted, deployed and was deployed before that, and how many earlier builds of each image to keep: all
   * of those that an environment may have which cannot be read.
   */
  retained(remembered: Pick<RememberedStore, 'read'>): Promise<Retained>;
}

export interface Retained {
  readonly needed: string[];
  /** By `name:tag`; the most that any environment asks for. */
  readonly keep: Record<string, number>;
  /** For an image that is no longer declared, or only where that cannot be read. */
  readonly otherwise: number;
}

export function createImageNeeds(environments: EnvironmentStore, revisions: Pick<Revisions, 'declaredImages'>, log: Log): ImageNeeds {
  const newest = () => environments.all().flatMap((state) => (state.revision ? [{ ...state, revision: state.revision }] : []));
  return {
    needs: async (inputs) => {
      for (const state of newest()) {
        const images = await revisions.declaredImages(state).catch(() => undefined);
        if (!images || images.some((image) => image.inputs === inputs)) return true;
      }
      return false;
    },
    retained: async (remembered) => {
      const unread = new Set<string>();
      const declaredBy = (state: Question) =>
        revisions.declaredImages(state).catch((error: unknown) => {
          const { name: environment } = state.environment;
          unread.add(environment);
          log.warn({ environment, error: messageOf(error) }, 'what images it declares cannot be read: none of them is removed');
          return [];
        });
      const declared = (await Promise.all(newest().map(declaredBy))).flat();
      const targets = environments.all().flatMap(({ environment: { name } }) => environments.appsOf(name).map((app) => ({ name, app })));
      const deployed = await Promise.all(
        targets.map(async ({ name, app }) => ({ environment: name, ...(await remembered.read(appTarget(name, app))) })),
      );
      const ofUnread = deployed.filter(({ environment }) => unread.has(environment)).flatMap((one) => [...one.images, ...one.formerImages]);
      const unreadNames = new Set(ofUnread.map(nameOf));
      const keep = new Map<string, number>();
      for (const { reference, keep: most = kept } of declared)
        keep.set(reference, unreadNames.has(nameOf(reference)) ? all : Math.max(keep.get(reference) ?? 0, most));
      return {
        needed: [...new Set([...declared.map(({ pinned }) => pinned), ...deployed.flatMap((one) => [...one.images, ...one.formerImages])])],
        keep: Object.fromEntries(keep),
        otherwise: unread.size > 0 ? all : kept,
      };
    },
  };
}

/** `web` of `web:latest`; a registry's port stays. */
const nameOf = (reference: string): string => reference.slice(0, reference.lastIndexOf(':'));
