import { createHmac } from 'node:crypto';
import type { Provider } from '../model/root.ts';
import type { Secret } from '../secret.ts';
import { standardSignature } from '../standard-signature.ts';

interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Windlass's own question; Bitbucket's events are told apart by their header, the others would refuse a payload without these. */
const body = JSON.stringify({ zen: 'windlass doctor', ref: 'refs/tags/windlass-doctor', after: '0'.repeat(40) });

/**
 * A request that each provider takes for one of its Git host's, and that asks for nothing: 200 is the answer. `now` in epoch milliseconds.
 */
export function probeRequest(provider: Provider, secret: Secret, id: string, now: number): Request {
  return { body, headers: { 'Content-Type': 'application/json', ...proofs[provider](secret, id, now) } };
}

type Proof = (secret: Secret, id: string, now: number) => Readonly<Record<string, string>>;

const hex = (secret: Secret): string => createHmac('sha256', secret.reveal()).update(body).digest('hex');

function signed(secret: Secret, id: string, now: number): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(now / 1_000));
  const signature = standardSignature(secret, { id, timestamp }, body).toString('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}

const proofs: Readonly<Record<Provider, Proof>> = {
  github: (secret, id) => ({ 'X-GitHub-Event': 'ping', 'X-GitHub-Delivery': id, 'X-Hub-Signature-256': `sha256=${hex(secret)}` }),
  // Not its token: were the address a stranger's, it would be told the secret.
  gitlab: (secret, id, now) => ({ 'X-Gitlab-Event': 'System Hook', ...signed(secret, id, now) }),
  gitea: (secret, id) => ({ 'X-Gitea-Event': 'ping', 'X-Gitea-Delivery': id, 'X-Gitea-Signature': hex(secret) }),
  bitbucket: (secret, id) => ({ 'X-Event-Key': 'diagnostics:ping', 'X-Request-UUID': id, 'X-Hub-Signature': `sha256=${hex(secret)}` }),
  standard: signed,
};
