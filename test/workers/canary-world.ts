import type { Service } from '../../src/model/application.ts';
import { createWorld } from './deploy-world.ts';

export const manual: Partial<Service> = { replicas: 3, canary: { containers: { count: 1 }, pauseMs: 'manual' } };
export const timed: Partial<Service> = { replicas: 3, canary: { containers: { count: 1 }, pauseMs: 30_000 } };

/** A world in which `a` is deployed everywhere and `b` has been pushed. */
export async function deployed(web: Partial<Service>, fails?: Parameters<typeof createWorld>[0]) {
  const world = createWorld(fails, { web });
  world.push('a');
  await world.run();
  world.push('b');
  return world;
}
