import { messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import { consume } from '../queue/consume.ts';
import type { Deployments } from '../queue/deployments.ts';
import { jobSchemas } from '../queue/jobs.ts';
import { createOutbox, type Outbox } from '../queue/outbox.ts';
import type { Redis } from '../queue/redis.ts';
import type { Wakeups } from '../queue/wakeups.ts';
import type { Secret } from '../secret.ts';
import type { Settings } from '../settings.ts';
import { notificationOf } from '../status/notification.ts';
import { createNotifier, type Notifier } from '../status/notifier.ts';

export interface NotificationDependencies {
  readonly notifier: Notifier;
  readonly outbox: Outbox;
  readonly deployments: Pick<Deployments, 'get'>;
  readonly wakeups: Pick<Wakeups, 'wake'>;
  /** Of the role `worker`. */
  readonly redis: Redis;
  readonly publicUrl: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly sweepMs?: number;
}

export interface Notifications {
  /** A deployment has ended. Nobody waits for what comes of it. */
  ended(id: string): void;
  close(): Promise<void>;
}

interface Opening extends Pick<NotificationDependencies, 'redis' | 'deployments' | 'wakeups' | 'now' | 'log'> {
  readonly settings: Pick<Settings, 'notifyUrl' | 'publicUrl'>;
  readonly secrets: readonly Secret[];
}

/** As the settings ask: without WINDLASS_NOTIFY_URL nobody is told, and nothing is kept for later. */
export async function openNotifications({ settings, secrets, ...dependencies }: Opening): Promise<Notifications> {
  const outbox = createOutbox(dependencies.redis);
  const { notifyUrl: url, publicUrl } = settings;
  if (url !== undefined) {
    const notifier = createNotifier({ url, secrets, now: dependencies.now });
    return startNotifications({ ...dependencies, notifier, outbox, publicUrl });
  }
  await outbox.clear();
  return { ended: () => {}, close: async () => {} };
}

const givenUpAfterMs = 24 * 3_600_000;

/** Tells the receiver how deployments ended: each once, again after growing pauses while it does not take it, for a day. */
export function startNotifications(dependencies: NotificationDependencies): Notifications {
  const { outbox, wakeups, redis, log, sweepMs = 5_000 } = dependencies;
  const wake = (id: string, patient: boolean) => wakeups.wake('notifications', id, { deployment: id }, { patient });
  const consumer = consume({
    redis,
    queue: 'notifications',
    schema: jobSchemas.notifications,
    concurrency: 4,
    log,
    handler: async ({ deployment }) => {
      // One more job may follow the one that told it.
      if (!(await outbox.isUntold(deployment))) return;
      try {
        await tell(dependencies, deployment);
      } catch (error) {
        if (!(error instanceof WindlassError && error.permanent)) throw error;
        log.error({ deployment, error: messageOf(error) }, 'an outcome is not told');
      }
      await outbox.told(deployment);
    },
  });
  const sweep = async () => {
    for (const id of await outbox.untold()) await wake(id, true);
  };
  const timer = setInterval(
    () => void sweep().catch((error: unknown) => log.warn({ error: messageOf(error) }, 'outcomes not swept')),
    sweepMs,
  );
  return {
    // What is lost here is found by the sweep.
    ended: (id) => void wake(id, false).catch(() => {}),
    close: async () => {
      clearInterval(timer);
      await consumer.close(0);
    },
  };
}

/** Nothing is told of a deployment that history no longer has. */
async function tell({ notifier, deployments, publicUrl, now }: NotificationDependencies, id: string): Promise<void> {
  const record = await deployments.get(id);
  const notification = record && notificationOf(record, publicUrl);
  if (notification === undefined) return;
  try {
    await notifier.send(`deployment_${id}`, notification);
  } catch (error) {
    if (now() - Date.parse(notification.timestamp) < givenUpAfterMs) throw error;
    throw new WindlassError('notify', `${messageOf(error)}; given up after a day`, { cause: error });
  }
}
