import type { Metrics } from '../api/metrics.ts';
import type { Log } from '../log.ts';
import { apiVersion, type HookDocument } from '../model/documents.ts';
import { acceptDelivery } from '../queue/deliveries.ts';
import type { Redis } from '../queue/redis.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { Settings } from '../settings.ts';
import { createWebhookDoor } from '../webhooks/door.ts';
import type { EnvironmentStore } from './environment-store.ts';
import { hookSources, watchedBy } from './hook-sources.ts';
import type { MadeSecrets } from './made-secrets.ts';

export interface HooksDependencies {
  readonly settings: Settings;
  readonly secrets: MadeSecrets;
  readonly environments: EnvironmentStore;
  /** Of the role `producer`. */
  readonly producer: Redis;
  readonly wakeups: Wakeups;
  readonly metrics: Metrics;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** The door of webhooks, and what a person enters at the Git hosts that knock there. */
export function createHooks({ settings, secrets, environments, producer, wakeups, metrics, log, now }: HooksDependencies): {
  readonly door: ReturnType<typeof createWebhookDoor>;
  document(): HookDocument;
} {
  const sources = () => hookSources(settings, environments, secrets.webhookSecrets);
  const door = createWebhookDoor({
    sources,
    watched: (source, branch) => watchedBy(environments, source, branch),
    accept: async ({ source, id }) => {
      const answer = await acceptDelivery(producer, { source, id, now: now() });
      // Lost wake-ups are the sweeper's: the delivery is safe once it is accepted.
      if (answer === 'accepted') wakeups.wake('deliveries', source, { source }).catch(() => {});
      return answer;
    },
    metrics,
    log,
    now,
  });
  const document = (): HookDocument => {
    const shown = sources().map(({ name, provider, secrets: [secret] }) => {
      const url = `${settings.publicUrl}/hooks/${name}`;
      return { name, url, provider, secret: secret?.reveal() ?? null };
    });
    const [{ url, provider, secret } = { url: '', provider: settings.repositoryProvider, secret: '' }, ...others] = shown;
    const [notifySecret] = secrets.notifySecrets;
    const notify =
      settings.notifyUrl && notifySecret ? { host: new URL(settings.notifyUrl.reveal()).host, secret: notifySecret.reveal() } : null;
    return { apiVersion, url, provider, secret: secret ?? '', sources: others, notify };
  };
  return { door, document };
}
