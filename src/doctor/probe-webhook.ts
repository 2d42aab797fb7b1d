import { messageOf } from '../errors.ts';
import type { Provider } from '../model/root.ts';
import type { Secret } from '../secret.ts';
import { probeRequest } from '../webhooks/probe.ts';
import type { WebhookFacts } from './judge-webhook.ts';

export interface ProbeOptions {
  readonly publicUrl: string;
  readonly provider: Provider;
  readonly secret: Secret;
  readonly id: string;
  /** Epoch milliseconds. */
  readonly now: number;
}

const withinMs = 10_000;

/** Sends a signed webhook to the repository's door by the way that the Git host's take. Follows no redirect: they do not either. */
export async function probeWebhook({ publicUrl, provider, secret, id, now }: ProbeOptions): Promise<WebhookFacts> {
  const url = `${publicUrl}/hooks/config`;
  const { headers, body } = probeRequest(provider, secret, id, now);
  try {
    const signal = AbortSignal.timeout(withinMs);
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal });
    const reason = reasonIn(await response.text().catch(() => ''));
    return { kind: 'answered', url, status: response.status, reason, location: response.headers.get('location') ?? undefined };
  } catch (error) {
    const cause = error instanceof Error ? error.cause : undefined;
    return { kind: 'unanswered', url, error: cause instanceof Error ? saying(cause) : messageOf(error) };
  }
}

/** fetch hides what the system said in the error's cause, which may be several of them without a message; OpenSSL's has its own sources. */
const saying = (cause: Error): string => {
  const code = 'code' in cause ? String(cause.code) : '';
  return code.startsWith('ERR_SSL_') ? code : [code, cause.message].filter((part) => part !== '').join(' ');
};

/** A proxy's page is nothing for people here. */
function reasonIn(text: string): string {
  try {
    const { error, reason } = JSON.parse(text) as { readonly error?: unknown; readonly reason?: unknown };
    return typeof error === 'string' ? error : typeof reason === 'string' ? reason : '';
  } catch {
    return '';
  }
}
