import type { Log } from '../log.ts';
import type { Revision } from '../model/control.ts';
import type { Trigger } from '../model/deployment.ts';
import type { Deployments } from '../queue/deployments.ts';
import type { OpenPush, Pushes } from '../queue/pushes.ts';
import type { WantedRecord } from '../queue/wanted.ts';

export interface PushTrailDependencies {
  readonly pushes: Pushes;
  readonly deployments: Pick<Deployments, 'latest'>;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
  readonly count: (environment: string, result: PushResult, seconds: number) => void;
}

type PushResult = 'deployed' | 'failed';

export interface FollowedFetch {
  readonly log: Log;
  /** The ids of what moves to these revisions, where no delivery told of it: those of deliveries stand in every line of the log. */
  untold(revisions: readonly Revision[]): readonly string[];
  moves(environment: string, revision: Revision): Promise<void>;
}

/**
 * Follows each push from its delivery to its containers: its id stands in every log line of what it sets off, and its outcome is counted.
 */
export interface PushTrail {
  /** Of a fetch: its log, and what it calls for each environment that moves. */
  fetch(source: string, wanted: WantedRecord, log: Log): Promise<FollowedFetch>;
  /** Of a deployment: its log, and the ids that its steps carry. */
  deploy(
    target: { readonly environment: string; readonly app: string },
    trigger: Trigger,
    log: Log,
  ): Promise<{ readonly log: Log; readonly pushes: readonly string[] }>;
  /** Those an environment is on its way to; to be read before its outcome is, so that none that comes between is taken for ended. */
  open(environment: string): Promise<readonly OpenPush[]>;
  ended(environment: string, pushes: readonly OpenPush[], outcome: { readonly commit: string; readonly result: PushResult }): Promise<void>;
}

/** What a log line and a step name at most: the newest. */
const mostNamed = 20;

/** The id of a push of which no delivery told: the poll found it, or windlass has committed it itself. */
export const untoldPush = (commit: string): string => `poll-${commit.slice(0, 12)}`;

export function createPushTrail({ pushes, deployments, now, log, count }: PushTrailDependencies): PushTrail {
  /** What containers set off themselves is no push's doing, but for what a push has begun: it was held, say for a host that was away. */
  const isPushed = async (environment: string, app: string, trigger: Trigger) => {
    if (!isOwn(trigger)) return true;
    const last = await deployments.latest(environment, app);
    return last?.state === 'running' && !isOwn(last.trigger);
  };
  return {
    fetch: async (source, wanted, fetchLog) => {
      const delivered = await pushes.ofSource(source, wanted);
      return {
        log: delivered.length === 0 ? fetchLog : fetchLog.child({ pushes: idsOf(delivered) }),
        untold: (revisions) =>
          delivered.length > 0 ? [] : [...new Set(revisions.map(({ commit }) => untoldPush(commit)))].slice(-mostNamed),
        moves: async (environment, revision) => {
          const told = delivered.length > 0 ? delivered : [{ id: untoldPush(revision.commit), at: now() }];
          await pushes.open(environment, {
            revision: textOf(revision),
            pushes: told,
            source: delivered.length > 0 ? source : undefined,
            forced: wanted.forced,
          });
        },
      };
    },
    deploy: async ({ environment, app }, trigger, deployLog) => {
      const open = (await isPushed(environment, app, trigger)) ? idsOf(await pushes.list(environment)) : [];
      return { pushes: open, log: deployLog.child({ environment, app, ...(open.length === 0 ? {} : { pushes: open }) }) };
    },
    open: (environment) => pushes.list(environment),
    ended: async (environment, ended, { commit, result }) => {
      await pushes.close(environment, idsOf(ended, ended.length));
      for (const { id, at } of ended) {
        const ms = Math.max(now() - at, 0);
        count(environment, result, ms / 1_000);
        log.info({ pushes: [id], environment, commit, result, ms }, 'push ended');
      }
    },
  };
}

const isOwn = (trigger: Trigger): boolean => trigger === 'discovery' || trigger === 'drift';

const idsOf = (pushes: readonly OpenPush[], most = mostNamed): readonly string[] => pushes.slice(-most).map(({ id }) => id);

const textOf = ({ commit, sources }: Revision): string => JSON.stringify([commit, Object.entries(sources).sort()]);
