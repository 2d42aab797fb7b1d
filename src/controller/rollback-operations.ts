import type { Operations } from '../api/operations.ts';
import { WindlassError } from '../errors.ts';
import { type ApplicationRollback, apiVersion } from '../model/documents.ts';
import type { HostRecord } from '../model/host.ts';
import { appTarget } from '../queue/targets.ts';
import { activePin, newestFor } from '../workers/choose-aim.ts';
import { chooseRollback, lastMoved, namedRollback, type RollbackSituation, type RollbackTarget } from '../workers/choose-rollback.ts';
import { frozenMessage } from '../workers/deploy.ts';
import { revisionOf } from '../workers/deployment-log.ts';
import type { Question } from '../workers/revisions.ts';
import { applicationPlan } from './decision-documents.ts';
import type { PersonDependencies } from './person-operations.ts';

/** All that are kept. */
const wholeHistory = 1_000;

/** Where a person can go back to, and the way there. */
export function createRollbackOperations(dependencies: PersonDependencies): Pick<Operations, 'rollbackPlan' | 'rollback'> {
  const { inventory, states, deployments, controls, question, appsOf, decided, wake } = dependencies;
  const rollbackSituation = async (newest: Question, app: string): Promise<RollbackSituation> => {
    const environment = newest.environment.name;
    const [records, state, said] = await Promise.all([
      deployments.list({ environment, app, limit: wholeHistory }),
      states.readState(appTarget(environment, app)),
      controls.read(environment, app),
    ]);
    if (said.freeze) throw new WindlassError('conflict', `${environment}/${app} is ${frozenMessage(said.freeze)}: unfreeze it first`);
    const { revision } = newestFor(newest, said);
    return { environment, app, records, state, pin: activePin(said, revision), newest: revision };
  };
  const rollbackTargets = async (newest: Question, app: string | undefined, to: string | undefined) => {
    const named = to === undefined ? undefined : await deployments.get(to);
    const own = app ?? (named?.environment === newest.environment.name ? named.app : undefined);
    const apps = appsOf(newest.environment.name, own);
    const situations = await Promise.all(apps.map((one) => rollbackSituation(newest, one)));
    const moved = apps.length > 1 ? lastMoved(situations) : apps;
    const due = to === undefined ? situations.filter((one) => moved.includes(one.app)) : situations.slice(0, 1);
    if (due.length === 0) throw new WindlassError('conflict', `nothing has been deployed to ${newest.environment.name} yet`);
    return due.map((one) => {
      const { app, newest: over } = one;
      return { app, over, ...(to === undefined ? chooseRollback(one) : namedRollback(one, to, named)) };
    });
  };
  const rollbackPlanOf = async (newest: Question, hosts: readonly HostRecord[], target: RollbackTarget & { app: string }) => {
    const { app, deployment, from } = target;
    const decision = await decided({ ...newest, revision: revisionOf(deployment), pulled: deployment.pulled }, app, hosts);
    return { ...applicationPlan(app, decision), from, deployment: deployment.id, commit: deployment.commit } satisfies ApplicationRollback;
  };

  return {
    rollbackPlan: async ({ environment, app, to }) => {
      const newest = question(environment);
      const hosts = await inventory.readHosts();
      const targets = await rollbackTargets(newest, app, to);
      return { apiVersion, environment, apps: await Promise.all(targets.map((target) => rollbackPlanOf(newest, hosts, target))) };
    },
    rollback: async ({ environment, apps, author = 'somebody' }) => {
      const newest = question(environment);
      const targets = (await Promise.all(Object.entries(apps).map(([app, to]) => rollbackTargets(newest, app, to)))).flat();
      for (const { app, deployment, from, over } of targets) {
        const pin = {
          revision: revisionOf(deployment),
          over,
          from,
          deployment: deployment.id,
          pulled: deployment.pulled,
          by: author,
          at: dependencies.now().toISOString(),
        };
        await controls.setPin(environment, app, pin);
        await wake(environment, app);
      }
      return { apiVersion, environment, apps: targets.map(({ app }) => app) };
    },
  };
}
