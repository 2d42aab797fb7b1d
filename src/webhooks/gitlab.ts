import { equal } from './hmac.ts';
import { header, otherEvent, parsePush, type WebhookProvider } from './provider.ts';
import { verifyStandard } from './standard.ts';

/** https://docs.gitlab.com/user/project/integrations/webhooks/ */
export const gitlab: WebhookProvider = {
  verify: (body, headers, secrets, now) => {
    if (headers['webhook-signature'] !== undefined) return verifyStandard(body, headers, secrets, now);
    const token = header(headers, 'x-gitlab-token');
    return token !== undefined && secrets.some((secret) => equal(token, secret.reveal()));
  },
  // X-Gitlab-Webhook-UUID names the hook and not the delivery: it would make every push after the first one already seen.
  deliveryId: (headers) => header(headers, 'webhook-id') ?? header(headers, 'idempotency-key') ?? header(headers, 'x-gitlab-event-uuid'),
  parse: (payload, headers) => {
    const event = header(headers, 'x-gitlab-event');
    return event === 'Push Hook' ? parsePush(payload) : otherEvent(event, 'Push Hook');
  },
};
