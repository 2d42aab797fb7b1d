import { createHmac, randomUUID } from 'node:crypto';
import { Secret } from '../src/secret.ts';
import { signingKey } from '../src/standard-signature.ts';

/**
 * As `windlass hook install`'s post-receive does it, but from this process, which thereby sees when the answer comes: resolves with the
 * 202.
 */
export async function sendWebhook(url: string, secret: string, commit: string): Promise<void> {
  const body = JSON.stringify({ ref: 'refs/heads/main', before: '0'.repeat(40), after: commit });
  const id = `bench_${randomUUID()}`;
  const time = String(Math.floor(Date.now() / 1000));
  const signature = createHmac('sha256', signingKey(new Secret(secret)))
    .update(`${id}.${time}.${body}`)
    .digest('base64');
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': time,
    'webhook-signature': `v1,${signature}`,
  };
  const response = await fetch(url, { method: 'POST', headers, body });
  if (response.status !== 202) throw new Error(`the webhook was answered with ${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}
