import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Secret } from '../secret.ts';
import { standardSignature } from '../standard-signature.ts';
import { equal } from './hmac.ts';
import { header, parsePush, refChange, type WebhookProvider } from './provider.ts';

const toleranceSeconds = 300;
const mostSignatures = 10;

/** What a push of many branches says at once. */
const list = z.object({ changes: z.array(refChange) });

/** Standard Webhooks (https://www.standardwebhooks.com) with the body that windlass's own post-receive hook sends: one change or a list. */
export const standard: WebhookProvider = {
  verify: verifyStandard,
  deliveryId: (headers) => header(headers, 'webhook-id'),
  parse: (payload) => {
    const several = list.safeParse(payload);
    return several.success ? { kind: 'push', ...several.data } : parsePush(payload);
  },
};

/** GitLab signs in this way too. */
export function verifyStandard(body: Uint8Array, headers: IncomingHttpHeaders, secrets: readonly Secret[], now: number): boolean {
  const id = header(headers, 'webhook-id') ?? '';
  const timestamp = header(headers, 'webhook-timestamp') ?? '';
  // What is signed is `id.timestamp.body`: with a dot in the id the same bytes could be read in two ways.
  if (!/^[\x21-\x2d\x2f-\x7e]{1,200}$/.test(id) || !/^[0-9]{1,12}$/.test(timestamp)) return false;
  if (Math.abs(now / 1000 - Number(timestamp)) > toleranceSeconds) return false;
  const signatures = signaturesOf(header(headers, 'webhook-signature') ?? '');
  return secrets.some((secret) => {
    const expected = standardSignature(secret, { id, timestamp }, body);
    return signatures.some((signature) => equal(signature, expected));
  });
}

/** Those of version 1 in a list that anybody may have written; none where it is too long. */
function signaturesOf(list: string): readonly Buffer[] {
  if (list.length > mostSignatures * 100) return [];
  const parts = list.split(' ');
  if (parts.length > mostSignatures) return [];
  return parts.flatMap((part) => {
    const [, base64] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(part) ?? [];
    return base64 === undefined ? [] : [Buffer.from(base64, 'base64')];
  });
}
