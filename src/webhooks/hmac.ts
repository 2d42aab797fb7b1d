import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '../secret.ts';

/** HMAC-SHA256 over the parts as they are, one after the other. */
export function hmac(key: Uint8Array | string, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const sum = createHmac('sha256', key);
  for (const part of parts) sum.update(part);
  return sum.digest();
}

/** Compares without telling by its time where the two differ; lengths may differ. */
export function equal(a: Uint8Array | string, b: Uint8Array | string): boolean {
  return timingSafeEqual(createHash('sha256').update(a).digest(), createHash('sha256').update(b).digest());
}

/** Whether the hex digits are the body's HMAC-SHA256 under one of the secrets, whose text is the key. */
export function signedWith(secrets: readonly Secret[], body: Uint8Array, hex: string): boolean {
  const signature = Buffer.from(hex, 'hex');
  return secrets.some((secret) => equal(hmac(secret.reveal(), body), signature));
}
