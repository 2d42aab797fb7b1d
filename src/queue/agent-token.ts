import { randomBytes } from 'node:crypto';
import { Secret } from '../secret.ts';
import type { Redis } from './redis.ts';

const key = 'windlass:agent-token';

/** The token with which agents fetch from the controller. Whoever may read Redis is an agent already: it is kept there. */
export async function agentToken(redis: Redis): Promise<Secret> {
  await redis.setnx(key, randomBytes(32).toString('base64url'));
  return new Secret((await redis.get(key)) ?? '');
}
