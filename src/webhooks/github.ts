import { signedWith } from './hmac.ts';
import { header, otherEvent, parsePush, type WebhookProvider } from './provider.ts';

/** https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
export const github: WebhookProvider = {
  verify: (body, headers, secrets) => {
    const [, hex] = /^sha256=([0-9a-f]{64})$/.exec(header(headers, 'x-hub-signature-256') ?? '') ?? [];
    return hex !== undefined && signedWith(secrets, body, hex);
  },
  deliveryId: (headers) => header(headers, 'x-github-delivery'),
  parse: (payload, headers) => {
    const event = header(headers, 'x-github-event');
    return event === 'push' ? parsePush(payload) : otherEvent(event, 'push');
  },
};
