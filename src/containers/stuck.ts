import type { ContainerInspect } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';

/**
 * Whether the engine says that it starts the container already. Docker 20.10 says so for ever of one that it was killed in the middle of
 * starting: what it made for it in containerd is still there, has never become the container's program, and nothing in the engine's API
 * removes it.
 */
export const isStuck = (error: unknown): boolean => /\btask [0-9a-f]{64}: already exists\b/.test(messageOf(error));

/** Whether it has a volume that goes with it, and with that data which somebody may still want. */
export const hasNamelessVolume = ({ Mounts }: ContainerInspect): boolean =>
  Mounts.some(({ Type, Name }) => Type === 'volume' && /^[0-9a-f]{64}$/.test(Name ?? ''));
