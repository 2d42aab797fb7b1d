import type { Lifecycle } from '../lifecycle.ts';
import type { Log } from '../log.ts';
import { startEmbeddedRedis } from '../queue/embedded-redis.ts';
import { checkServer, connect } from '../queue/redis.ts';
import type { Settings } from '../settings.ts';

/** The URL of the Redis in use: the one that is set, checked, or one of windlass's own. */
export async function openRedis(settings: Settings, log: Log, lifecycle: Lifecycle): Promise<string> {
  if (settings.redisUrl === undefined) {
    const embedded = await startEmbeddedRedis({ stateDirectory: settings.stateDirectory, path: settings.path, log });
    lifecycle.add('embedded Redis', () => embedded.stop());
    return embedded.url;
  }
  const url = settings.redisUrl.reveal();
  const connection = connect(url, 'producer', log);
  try {
    await checkServer(connection);
  } finally {
    connection.disconnect();
  }
  return url;
}
