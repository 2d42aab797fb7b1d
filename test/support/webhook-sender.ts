import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { ExecutionContext } from 'ava';
import express from 'express';
import { listen } from '../../src/api/listen.ts';
import { silentLog } from '../../src/log.ts';
import { Secret } from '../../src/secret.ts';
import { createWebhookDoor, type Delivery, type HookSource, type WebhookDoorOptions } from '../../src/webhooks/door.ts';

export const commit = 'a'.repeat(40);
export const secretText = 'It is a secret';
export const standardKey = Buffer.alloc(32, 7);
export const standardSecret = `whsec_${standardKey.toString('base64')}`;
export const testNow = 1_700_000_000_000;

export interface TestDoor {
  readonly port: number;
  readonly deliveries: Delivery[];
  post(
    path: string,
    body: string | Uint8Array,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
  /** Sends the bytes as they are; everything that comes back until the connection ends. */
  raw(...bytes: readonly (string | Uint8Array)[]): Promise<string>;
}

/** A door that really listens, with a source of each provider called as the provider; environments watch `main` and `release`. */
export async function openDoor(t: ExecutionContext, options: Partial<WebhookDoorOptions> = {}): Promise<TestDoor> {
  const deliveries: Delivery[] = [];
  const seen = new Set<string>();
  const app = express();
  app.use(
    '/hooks',
    createWebhookDoor({
      sources: () => sources,
      accept: async (delivery) => {
        const key = `${delivery.source} ${delivery.id}`;
        if (seen.has(key)) return 'seen';
        seen.add(key);
        deliveries.push(delivery);
        return 'accepted';
      },
      watched: (_, branch) => (branch === 'main' ? ['staging'] : branch === 'release' ? ['production'] : []),
      log: silentLog,
      now: () => testNow,
      ...options,
    }),
  );
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 }, { graceMs: 0 });
  t.teardown(close);
  const port = Number(new URL(url).port);
  // More at once than the system keeps waiting would be sent again after a second.
  const agent = new Agent({ maxSockets: 100 });
  return {
    port,
    deliveries,
    post: (path, body, headers = {}) =>
      new Promise((resolve, reject) => {
        const options = { port, path, agent, method: 'POST', headers: { 'content-type': 'application/json', ...headers } };
        const sending = request({ ...options, host: '127.0.0.1' }, async (response) => {
          const answer = Buffer.concat(await response.toArray());
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(answer.toString()) });
        });
        sending.on('error', reject).end(body);
      }),
    raw: (...bytes) =>
      new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1');
        let answer = '';
        socket.on('data', (chunk) => {
          answer += chunk.toString('latin1');
        });
        socket.on('error', () => {});
        socket.on('close', () => resolve(answer));
        for (const part of bytes) socket.write(part);
      }),
  };
}

export const source = (name: string, provider: HookSource['provider'], ...secrets: string[]): HookSource => ({
  name,
  provider,
  secrets: secrets.map((secret) => new Secret(secret)),
});

const sources: readonly HookSource[] = [
  source('config', 'github', secretText),
  source('github', 'github', secretText),
  source('gitlab', 'gitlab', secretText),
  source('gitea', 'gitea', secretText),
  source('bitbucket', 'bitbucket', secretText),
  source('standard', 'standard', standardSecret),
  source('other', 'github', 'the secret of another source'),
  source('rotating', 'github', 'new', 'old'),
  source('open', 'github'),
];

export const hexHmac = (body: string | Uint8Array, secret = secretText): string => createHmac('sha256', secret).update(body).digest('hex');

export const push = (fields: object = {}): string =>
  JSON.stringify({ ref: 'refs/heads/main', before: 'b'.repeat(40), after: commit, ...fields });

/** The headers of a really signed GitHub push. */
export function githubHeaders(
  body: string | Uint8Array,
  { secret = secretText, id = 'delivery-1', event = 'push' } = {},
): Record<string, string> {
  return { 'x-hub-signature-256': `sha256=${hexHmac(body, secret)}`, 'x-github-delivery': id, 'x-github-event': event };
}

/** The headers of a really signed Standard Webhooks push. */
export function standardHeaders(
  body: string | Uint8Array,
  { id = 'msg_1', timestamp = String(testNow / 1000), key = standardKey as Uint8Array } = {},
): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
