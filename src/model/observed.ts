import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ContainerSpec } from './application.ts';

/** What of a container its image says where the declaration says nothing; `environment` is hashed as in ObservedContainer. */
export interface ImageDefaults
  extends Pick<
    ContainerSpec,
    'command' | 'entrypoint' | 'environment' | 'labels' | 'expose' | 'healthcheck' | 'user' | 'workingDir' | 'stopSignal'
  > {
  /** Targets of anonymous volumes. */
  readonly volumes: readonly string[];
}

const record = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null);

/** A container that Compose made, in a declaration's words; the values of its environment are hashed. */
export const observedContainer = z.object({
  /** As the engine tells it: what the declaration, the image and the engine itself said, together. */
  spec: record<ContainerSpec>(),
  image: record<ImageDefaults>(),
  /** What it was started with and no declaration can say, `key: value`. */
  beyond: z.array(z.string()),
  /** Anonymous volumes: their names by target. */
  anonymous: z.record(z.string(), z.string()),
});
export type ObservedContainer = Readonly<z.infer<typeof observedContainer>>;

/** How a value of the environment stands in an ObservedContainer: enough to compare, and no secret. */
export const hashedValue = (value: string): string => createHash('sha256').update(value).digest('hex').slice(0, 32);
