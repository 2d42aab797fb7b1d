import { randomBytes } from 'node:crypto';
import type { Engine } from '../docker/engine.ts';
import { createContextTar } from './context-tar.ts';

/** Builds an image with nothing in it and removes it again: whether this engine can build at all. Needs no registry. */
export async function trialBuild(engine: Engine, signal: AbortSignal): Promise<void> {
  const tag = `windlass-doctor:${randomBytes(6).toString('hex')}`;
  const dockerfile = 'Dockerfile';
  const context = await createContextTar({
    entries: [],
    read: async () => new Uint8Array(),
    folder: '',
    dockerfile,
    // With a label of its own, so that nothing is found in the cache.
    rewrittenDockerfile: `FROM scratch\nLABEL windlass.trial=${tag}\n`,
  });
  await engine.buildImage(context, { tags: [tag], dockerfile, args: {}, labels: {}, onLine: () => {}, signal });
  await engine.removeImage(tag);
}
