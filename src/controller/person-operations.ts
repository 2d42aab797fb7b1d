import type { Operations } from '../api/operations.ts';
import { WindlassError } from '../errors.ts';
import type { Revision } from '../model/control.ts';
import { type ApplicationApproval, type ApplicationRollback, apiVersion } from '../model/documents.ts';
import type { HostRecord } from '../model/host.ts';
import { targetOf } from '../model/names.ts';
import { planDigest } from '../planning/plan-digest.ts';
import { appTarget } from '../queue/targets.ts';
import { activePin, type Choice, chooseAim } from '../workers/choose-aim.ts';
import { chooseRollback, lastMoved, namedRollback, type RollbackSituation, type RollbackTarget } from '../workers/choose-rollback.ts';
import { frozenMessage } from '../workers/deploy.ts';
import { revisionOf } from '../workers/deployment-log.ts';
import { sameRevision } from '../workers/environment-state.ts';
import type { Question } from '../workers/revisions.ts';
import { applicationPlan } from './decision-documents.ts';
import { foldDifferences, type InstalledAndDesired } from './diff.ts';
import { installedAndDesired } from './installed-files.ts';
import type { Naming } from './naming.ts';
import type { OperationsDependencies } from './operations.ts';

type PersonOperations = Pick<Operations, 'deploy' | 'freeze' | 'approval' | 'approve' | 'rollbackPlan' | 'rollback'>;

/** All that are kept. */
const wholeHistory = 1_000;
const nobody = 'somebody';

/** What a person decides: to deploy, to hold, to agree, to go back. */
export function createPersonOperations(dependencies: OperationsDependencies & Naming): PersonOperations {
  const { environments, inventory, states, remembered, deployments, controls, underWay, question, appsOf, decided, raise, refresh } =
    dependencies;
  const now = () => dependencies.now().toISOString();
  /** What was said has raised it. */
  const wake = (environment: string, app: string) => {
    const target = appTarget(environment, app);
    return dependencies.wakeups.wake('deployments', target, { target });
  };

  const chosen = async (newest: Question, app: string): Promise<Choice> => {
    const { name } = newest.environment;
    const [state, said] = await Promise.all([states.readState(appTarget(name, app)), controls.read(name, app)]);
    return chooseAim({ newest, state, trigger: 'manual', controls: said });
  };
  const rollbackSituation = async (newest: Question, app: string): Promise<RollbackSituation> => {
    const environment = newest.environment.name;
    const [records, state, said] = await Promise.all([
      deployments.list({ environment, app, limit: wholeHistory }),
      states.readState(appTarget(environment, app)),
      controls.read(environment, app),
    ]);
    if (said.freeze) throw new WindlassError('conflict', `${environment}/${app} is ${frozenMessage(said.freeze)}: unfreeze it first`);
    return { environment, app, records, state, pin: activePin(said, newest.revision), newest: newest.revision };
  };
  const rollbackTargets = async (newest: Question, app: string | undefined, to: string | undefined) => {
    const named = to === undefined ? undefined : await deployments.get(to);
    const own = app ?? (named?.environment === newest.environment.name ? named.app : undefined);
    const apps = appsOf(newest.environment.name, own);
    const situations = await Promise.all(apps.map((one) => rollbackSituation(newest, one)));
    const moved = apps.length > 1 ? lastMoved(situations) : apps;
    const due = to === undefined ? situations.filter((one) => moved.includes(one.app)) : situations.slice(0, 1);
    if (due.length === 0) throw new WindlassError('conflict', `nothing has been deployed to ${newest.environment.name} yet`);
    return due.map((one) => ({ app: one.app, ...(to === undefined ? chooseRollback(one) : namedRollback(one, to, named)) }));
  };
  const rollbackPlanOf = async (newest: Question, hosts: readonly HostRecord[], target: RollbackTarget & { app: string }) => {
    const { app, deployment, from } = target;
    const decision = await decided({ ...newest, revision: revisionOf(deployment), pulled: deployment.pulled }, app, hosts);
    return { ...applicationPlan(app, decision), from, deployment: deployment.id, commit: deployment.commit } satisfies ApplicationRollback;
  };
  const waiting = async (newest: Question, app: string, hosts: readonly HostRecord[]) => {
    const { name } = newest.environment;
    const choice = await chosen(newest, app);
    if (choice.kind === 'frozen')
      throw new WindlassError('conflict', `${name}/${app} is ${frozenMessage(choice.freeze)}: unfreeze it first`);
    if (choice.kind === 'open') return undefined;
    const decision = await decided(choice.aim, app, hosts);
    if (decision.plan.differences.length + decision.issues.length + decision.homeless.length === 0) return undefined;
    const { approval } = await controls.read(name, app);
    const document: ApplicationApproval = {
      ...applicationPlan(app, decision),
      digest: planDigest(choice.aim.revision, choice.aim, decision.plan.differences),
      approval: approval ? { by: approval.by, at: approval.at, ...(approval.void === undefined ? {} : { void: approval.void }) } : null,
    };
    return { aim: choice.aim, decision, document };
  };

  return {
    deploy: async ({ environment, app, removals }) => {
      environments.require(environment);
      if (removals === undefined) await refresh();
      const newest = question(environment);
      const apps = appsOf(environment, app);
      if (removals !== undefined) {
        refuseOtherCommit(environment, removals, newest.revision);
        for (const name of apps) await remembered.release(appTarget(environment, name), newest.revision);
      }
      for (const name of apps) {
        const running = underWay.get(targetOf(environment, name));
        const { wanted } = await chosen(newest, name);
        // Whoever asks for what is under way already waits for its outcome: a second run would only do it twice.
        if (!running || !sameRevision(running, wanted)) await raise(environment, name, 'manual');
      }
      return { apiVersion, environment, apps };
    },
    freeze: async ({ environment, app, frozen, reason = '', author = nobody }) => {
      environments.require(environment);
      const apps = appsOf(environment, app);
      await controls.setFreeze(environment, app, frozen ? { by: author, reason, since: now() } : undefined, apps);
      await Promise.all(apps.map((name) => wake(environment, name)));
      if (!frozen) await dependencies.wakeups.wake('builds', environment, { environment });
      return { apiVersion, environment, app: app ?? null, frozen };
    },
    approval: async ({ environment, app }) => {
      const newest = question(environment);
      const hosts = await inventory.readHosts();
      const found = (await Promise.all(appsOf(environment, app).map((name) => waiting(newest, name, hosts)))).filter(
        (one) => one !== undefined,
      );
      const pairs: InstalledAndDesired[] = [];
      for (const { decision } of found) pairs.push(...(await installedAndDesired(decision, hosts, dependencies)));
      return {
        apiVersion,
        environment,
        commit: newest.revision.commit,
        apps: found.map(({ document }) => document),
        files: foldDifferences(pairs),
      };
    },
    approve: async ({ environment, apps, author = nobody }) => {
      const newest = question(environment);
      const hosts = await inventory.readHosts();
      const names = Object.keys(apps).flatMap((name) => appsOf(environment, name));
      const agreed = await Promise.all(names.map(async (name) => ({ name, found: await waiting(newest, name, hosts) })));
      for (const { name, found } of agreed) refuseOther(`${environment}/${name}`, apps[name], found?.document);
      for (const { name, found } of agreed) {
        if (!found) continue;
        const { revision, environment: declaration, root } = found.aim;
        const declared = { environment: declaration, root };
        // The plan that was shown has every removal in it.
        await remembered.release(appTarget(environment, name), revision);
        await controls.approve(environment, name, {
          revision,
          declared,
          digest: found.document.digest,
          by: author,
          at: now(),
          begun: false,
        });
      }
      await Promise.all(names.map((name) => wake(environment, name)));
      return { apiVersion, environment, apps: names };
    },
    rollbackPlan: async ({ environment, app, to }) => {
      const newest = question(environment);
      const hosts = await inventory.readHosts();
      const targets = await rollbackTargets(newest, app, to);
      return { apiVersion, environment, apps: await Promise.all(targets.map((target) => rollbackPlanOf(newest, hosts, target))) };
    },
    rollback: async ({ environment, apps, author = nobody }) => {
      const newest = question(environment);
      const targets = (await Promise.all(Object.entries(apps).map(([app, to]) => rollbackTargets(newest, app, to)))).flat();
      for (const { app, deployment, from } of targets) {
        const pin = {
          revision: revisionOf(deployment),
          over: newest.revision,
          from,
          deployment: deployment.id,
          pulled: deployment.pulled,
          by: author,
          at: now(),
        };
        await controls.setPin(environment, app, pin);
        await wake(environment, app);
      }
      return { apiVersion, environment, apps: targets.map(({ app }) => app) };
    },
  };
}

/** What a person has agreed to is gone over once more when something else has been pushed meanwhile. */
function refuseOtherCommit(environment: string, agreed: string, { commit }: Revision): void {
  if (agreed === commit) return;
  throw new WindlassError(
    'conflict',
    `${environment} is at commit ${commit.slice(0, 12)} by now, not ${agreed.slice(0, 12)}: look at its plan again`,
  );
}

/** An approval is for what was shown, to the last step. */
function refuseOther(name: string, digest: string | undefined, waiting: ApplicationApproval | undefined): void {
  if (!waiting) throw new WindlassError('conflict', `nothing of ${name} waits for approval any more: windlass status says how it stands`);
  if (waiting.issues.length > 0) throw new WindlassError('conflict', `${name} cannot be approved: ${waiting.issues.join('; ')}`);
  if (waiting.digest !== digest)
    throw new WindlassError('conflict', `the plan of ${name} has changed since it was shown: look at it again with windlass approve`);
}
