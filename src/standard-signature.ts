import { createHmac } from 'node:crypto';
import type { Secret } from './secret.ts';

/** What a message of Standard Webhooks (https://www.standardwebhooks.com) is signed with beside its body. */
export interface SignedHead {
  /** Without a dot: the three parts are joined by dots. */
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: string;
}

/** `whsec_` and base64 of at least 24 bytes, as the specification has it; any other text is the key itself. */
export function signingKey(secret: Secret): Uint8Array {
  const [, base64] = /^whsec_([A-Za-z0-9+/]{32,}={0,2})$/.exec(secret.reveal()) ?? [];
  return base64 === undefined ? Buffer.from(secret.reveal()) : Buffer.from(base64, 'base64');
}

/** The 32 bytes that stand base64 in `webhook-signature` behind `v1,`. */
export function standardSignature(secret: Secret, { id, timestamp }: SignedHead, body: Uint8Array | string): Buffer {
  return createHmac('sha256', signingKey(secret)).update(`${id}.${timestamp}.`).update(body).digest();
}
