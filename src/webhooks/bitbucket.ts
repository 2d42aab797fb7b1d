import { z } from 'zod';
import { signedWith } from './hmac.ts';
import { header, otherEvent, type RefChange, type WebhookEvent, type WebhookProvider } from './provider.ts';

const deleted = '0'.repeat(40);
const hash = z.string().regex(/^[0-9a-f]{40}$/);
const named = { type: z.string(), name: z.string() };

const cloud = z.object({
  push: z.object({
    changes: z.array(z.object({ new: z.object({ ...named, target: z.object({ hash }) }).nullish(), old: z.object(named).nullish() })),
  }),
});
const dataCenter = z.object({ changes: z.array(z.object({ ref: z.object({ id: z.string() }), toHash: hash })) });

/** Bitbucket Cloud and Data Center: https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/ */
export const bitbucket: WebhookProvider = {
  // The header has the name of GitHub's old SHA-1 signature and holds SHA-256.
  verify: (body, headers, secrets) => {
    const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(header(headers, 'x-hub-signature') ?? '') ?? [];
    return hex !== undefined && signedWith(secrets, body, hex);
  },
  // X-Hook-UUID names the hook and not the delivery.
  deliveryId: (headers) => header(headers, 'x-request-uuid') ?? header(headers, 'x-request-id'),
  parse: (payload, headers) => {
    const event = header(headers, 'x-event-key');
    if (event === 'repo:push') return parseCloud(payload);
    return event === 'repo:refs_changed' ? parseDataCenter(payload) : otherEvent(event, 'repo:push');
  },
};

function parseCloud(payload: unknown): WebhookEvent {
  const changes = cloud.parse(payload).push.changes.flatMap((change): RefChange[] => {
    const named = change.new ?? change.old;
    if (named?.type !== 'branch') return [];
    return [{ ref: `refs/heads/${named.name}`, after: change.new?.target.hash ?? deleted }];
  });
  return { kind: 'push', changes };
}

function parseDataCenter(payload: unknown): WebhookEvent {
  return { kind: 'push', changes: dataCenter.parse(payload).changes.map(({ ref, toHash }) => ({ ref: ref.id, after: toHash })) };
}
