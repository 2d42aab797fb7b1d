import { messageOf, WindlassError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { standardSignature } from '../standard-signature.ts';
import { answerText } from './answer-text.ts';
import type { Notification } from './notification.ts';

/** Tells the receiver of outcomes. */
export interface Notifier {
  /**
   * Tries once, for at most 10 s: WindlassError `notify` for everything but a 2xx, permanent where the receiver is gone for
   * good (410). `id` is what the receiver knows the message by, the same at every try.
   */
  send(id: string, notification: Notification): Promise<void>;
}

interface Options {
  /** http or https; may itself be a secret, as those of chats are. */
  readonly url: Secret;
  /** Each of them signs, so that a receiver may know the old one or the new one. */
  readonly secrets: readonly Secret[];
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly timeoutMs?: number;
}

/** How much of a refusal is read. */
const mostAnswerBytes = 2_000;

export function createNotifier({ url, secrets, now, timeoutMs = 10_000 }: Options): Notifier {
  const { host } = new URL(url.reveal());
  return {
    send: async (id, notification) => {
      const body = JSON.stringify(notification);
      const timestamp = String(Math.floor(now() / 1000));
      const signatures = secrets.map((secret) => `v1,${standardSignature(secret, { id, timestamp }, body).toString('base64')}`);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'windlass',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': signatures.join(' '),
      };
      // A redirect could lead a signed message to anybody.
      const options = { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) } as const;
      const response = await fetch(url.reveal(), options).catch((error: unknown) => Promise.reject(unanswered(host, id, error)));
      const said = await firstOf(response).catch(() => '');
      if (!response.ok) throw refused(host, id, response.status, said);
    },
  };
}

/** The first line of a refusal; what is said to a success is not waited for. */
async function firstOf(response: Response): Promise<string> {
  if (!response.ok) return (await answerText(response, mostAnswerBytes)).split('\n', 1)[0]?.trim().slice(0, 200) ?? '';
  await response.body?.cancel();
  return '';
}

function refused(host: string, id: string, status: number, said: string): WindlassError {
  const what = `${host} did not take ${id}: HTTP ${status}${said === '' ? '' : `, ${said}`}`;
  const cure = status >= 300 && status < 400 ? '; WINDLASS_NOTIFY_URL must name the receiver itself: redirects are not followed' : '';
  return new WindlassError('notify', `${what}${cure}`, { permanent: status === 410 });
}

/** fetch hides the reason in the cause, and may name the whole URL in its own message. */
function unanswered(host: string, id: string, error: unknown): WindlassError {
  const timedOut = error instanceof Error && error.name === 'TimeoutError';
  const reason = timedOut
    ? 'no answer in time'
    : error instanceof Error && error.cause !== undefined
      ? messageOf(error.cause)
      : 'not reached';
  return new WindlassError('notify', `${host} did not take ${id}: ${reason}`, { permanent: false });
}
