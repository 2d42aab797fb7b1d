import type { RememberedStore } from '../queue/remembered.ts';
import { appTarget } from '../queue/targets.ts';
import type { Revisions } from '../workers/revisions.ts';
import type { EnvironmentStore } from './environment-store.ts';

/** Earlier builds of an image that each host keeps where windlass.yaml does not say otherwise. */
const kept = 5;

/** What the environments need of the images that windlass builds. */
export interface ImageNeeds {
  /** Whether some environment's newest revision has an image with these inputs; one that cannot be read may have any. */
  needs(inputs: string): Promise<boolean>;
  /** Pinned references of what is wanted, deployed and was deployed before that, and how many earlier builds of each image to keep. */
  retained(remembered: Pick<RememberedStore, 'read'>): Promise<Retained>;
}

export interface Retained {
  readonly needed: string[];
  /** By `name:tag`; the most that any environment asks for. */
  readonly keep: Record<string, number>;
  /** For an image that is no longer declared. */
  readonly otherwise: number;
}

export function createImageNeeds(environments: EnvironmentStore, revisions: Pick<Revisions, 'declaredImages'>): ImageNeeds {
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
      const declared = (await Promise.all(newest().map((state) => revisions.declaredImages(state)))).flat();
      const targets = environments
        .all()
        .flatMap(({ environment: { name } }) => environments.appsOf(name).map((app) => appTarget(name, app)));
      const deployed = await Promise.all(targets.map((target) => remembered.read(target)));
      const keep = new Map<string, number>();
      for (const image of declared) keep.set(image.reference, Math.max(keep.get(image.reference) ?? 0, image.keep ?? kept));
      return {
        needed: [...new Set([...declared.map(({ pinned }) => pinned), ...deployed.flatMap((one) => [...one.images, ...one.formerImages])])],
        keep: Object.fromEntries(keep),
        otherwise: kept,
      };
    },
  };
}
