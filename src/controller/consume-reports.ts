import type { Log } from '../log.ts';
import { consume } from '../queue/consume.ts';
import { jobSchemas } from '../queue/jobs.ts';
import type { Redis } from '../queue/redis.ts';
import type { Consumer } from '../queue/worker.ts';
import type { Settings } from '../settings.ts';
import { createReporter } from '../status/reporter.ts';

/** Commit statuses, tried again for as long as a Git host is away; nobody waits for them. */
export function consumeReports(redis: Redis, settings: Settings, log: Log): Consumer {
  const reporter =
    settings.repository === undefined
      ? undefined
      : createReporter({
          provider: settings.repositoryProvider,
          apiUrl: settings.repositoryApiUrl,
          token: settings.repositoryToken,
          repositoryUrl: settings.repository,
          log,
        });
  return consume({
    redis,
    queue: 'reports',
    schema: jobSchemas.reports,
    once: true,
    concurrency: 1,
    log,
    handler: async ({ commit, environment, state, description, deployment }) => {
      const url = deployment === undefined ? settings.publicUrl : `${settings.publicUrl}/deployments/${deployment}`;
      await reporter?.report({ commit, environment, state, description, url });
    },
  });
}
