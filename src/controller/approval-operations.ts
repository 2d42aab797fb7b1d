import type { Operations } from '../api/operations.ts';
import { WindlassError } from '../errors.ts';
import { type ApplicationApproval, apiVersion } from '../model/documents.ts';
import type { HostRecord } from '../model/host.ts';
import { planDigest } from '../planning/plan-digest.ts';
import { appTarget } from '../queue/targets.ts';
import { frozenMessage } from '../workers/deploy.ts';
import type { Question } from '../workers/revisions.ts';
import { applicationPlan } from './decision-documents.ts';
import { foldDifferences, type InstalledAndDesired } from './diff.ts';
import { installedAndDesired } from './installed-files.ts';
import type { PersonDependencies } from './person-operations.ts';

/** What waits for a person's agreement, and the agreement. */
export function createApprovalOperations(dependencies: PersonDependencies): Pick<Operations, 'approval' | 'approve'> {
  const { inventory, remembered, controls, question, appsOf, decided, contentsDeployed, chosen, wake } = dependencies;
  const waiting = async (newest: Question, app: string, hosts: readonly HostRecord[]) => {
    const { name } = newest.environment;
    const choice = await chosen(newest, app);
    if (choice.kind === 'frozen')
      throw new WindlassError('conflict', `${name}/${app} is ${frozenMessage(choice.freeze)}: unfreeze it first`);
    if (choice.kind === 'open') return undefined;
    const decision = await decided(choice.aim, app, hosts);
    const due = [...decision.plan.differences, ...decision.plan.withheld];
    if (due.length + decision.plan.strangers.length + decision.issues.length + decision.homeless.length === 0) return undefined;
    const { approval } = await controls.read(name, app);
    const document: ApplicationApproval = {
      ...applicationPlan(app, decision, { limited: choice.aim.scope?.limit !== undefined }),
      digest: planDigest(choice.aim.revision, choice.aim, due),
      approval: approval ? { by: approval.by, at: approval.at, ...(approval.void === undefined ? {} : { void: approval.void }) } : null,
    };
    return { app, aim: choice.aim, decision, document };
  };
  return {
    approval: async ({ environment, app }) => {
      const newest = question(environment);
      const hosts = await inventory.readHosts();
      const found = (await Promise.all(appsOf(environment, app).map((name) => waiting(newest, name, hosts)))).filter(
        (one) => one !== undefined,
      );
      const pairs: InstalledAndDesired[] = [];
      for (const { decision, app } of found) {
        pairs.push(...(await installedAndDesired(decision, await contentsDeployed(newest, app, hosts), hosts, dependencies)));
      }
      return {
        apiVersion,
        environment,
        commit: newest.revision.commit,
        apps: found.map(({ document }) => document),
        files: foldDifferences(pairs),
      };
    },
    approve: async ({ environment, apps, author = 'somebody' }) => {
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
          at: dependencies.now().toISOString(),
          begun: false,
        });
      }
      await Promise.all(names.map((name) => wake(environment, name)));
      return { apiVersion, environment, apps: names };
    },
  };
}

/** An approval is for what was shown, to the last step. */
function refuseOther(name: string, digest: string | undefined, waiting: ApplicationApproval | undefined): void {
  if (!waiting) throw new WindlassError('conflict', `nothing of ${name} waits for approval any more: windlass status says how it stands`);
  if (waiting.issues.length > 0) throw new WindlassError('conflict', `${name} cannot be approved: ${waiting.issues.join('; ')}`);
  if (waiting.digest !== digest)
    throw new WindlassError('conflict', `the plan of ${name} has changed since it was shown: look at it again with windlass approve`);
}
