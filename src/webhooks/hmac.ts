import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** Compares without telling by its time where the two differ; lengths may differ. */
export function equal(a: Uint8Array | string, b: Uint8Array | string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

/** Whether the hex digits are the body's HMAC-SHA256 under one of the secrets, whose text is the key. */
export function signedWith(secrets: readonly Secret[], body: Uint8Array, hex: string): boolean {
  const signature = Buffer.from(hex, 'hex');
  return secrets.some((secret) => equal(createHmac('sha256', secret.reveal()).update(body).digest(), signature));
}
