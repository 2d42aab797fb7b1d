import { signedWith } from './hmac.ts';
import { header, otherEvent, parsePush, type WebhookProvider } from './provider.ts';

/** Gitea and Forgejo, which sends both names: https://docs.gitea.com/usage/webhooks, https://forgejo.org/docs/latest/user/webhooks */
export const gitea: WebhookProvider = {
  verify: (body, headers, secrets) => {
    const proofs = [header(headers, 'x-gitea-signature'), header(headers, 'x-forgejo-signature')].filter((proof) => proof !== undefined);
    // Where both are there both must be right: a good one does not rescue a bad one.
    return proofs.length > 0 && proofs.every((proof) => /^[0-9a-f]{64}$/.test(proof) && signedWith(secrets, body, proof));
  },
  deliveryId: (headers) => header(headers, 'x-gitea-delivery') ?? header(headers, 'x-forgejo-delivery'),
  parse: (payload, headers) => {
    const event = header(headers, 'x-gitea-event') ?? header(headers, 'x-forgejo-event');
    return event === 'push' ? parsePush(payload) : otherEvent(event, 'push');
  },
};
