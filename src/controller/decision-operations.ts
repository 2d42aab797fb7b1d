import type { Operations } from '../api/operations.ts';
import type { StreamHub } from '../api/stream-hub.ts';
import { WindlassError } from '../errors.ts';
import type { InventoryStore } from '../inventory/store.ts';
import { apiVersion, type RenderedFile } from '../model/documents.ts';
import type { StepQueue } from '../queue/steps.ts';
import { applicationPlan, refuseIssues, renderedFiles } from './decision-documents.ts';
import { readLimit } from './deploy-operation.ts';
import { foldDifferences, type InstalledAndDesired } from './diff.ts';
import { installedAndDesired } from './installed-files.ts';
import type { Naming } from './naming.ts';
import { plannedScope } from './part-documents.ts';

export interface DecisionDependencies {
  readonly naming: Naming;
  readonly inventory: Pick<InventoryStore, 'readHosts'>;
  readonly hub: StreamHub;
  readonly steps: StepQueue;
  readonly refresh: () => Promise<void>;
}

/** What would be done, without doing it: the plan, the rendered files, and how they differ from those installed. */
export function createDecisionOperations(dependencies: DecisionDependencies): Pick<Operations, 'plan' | 'render' | 'diff'> {
  const { inventory, hub, steps, refresh } = dependencies;
  const { question, appsOf, decided, contentsDeployed, chosen } = dependencies.naming;
  return {
    plan: async (query) => {
      const { environment } = query;
      if (query.fresh) await refresh();
      const asked = question(environment);
      const hosts = await inventory.readHosts();
      const limit = await readLimit({ inventory, decided }, asked, query);
      const planOf = async (app: string) => {
        const scope = plannedScope(asked, await chosen(asked, app, 'thawed'), limit);
        const decision = await decided({ ...asked, ...(scope ? { scope } : {}) }, app, hosts, true);
        return applicationPlan(app, decision, scope?.limit !== undefined);
      };
      const apps = await Promise.all(appsOf(environment, query.app).map(planOf));
      return { apiVersion, environment, commit: asked.revision.commit, apps };
    },
    render: async ({ environment, app, service }) => {
      const asked = question(environment);
      const hosts = await inventory.readHosts();
      const files: RenderedFile[] = [];
      for (const name of appsOf(environment, app)) {
        const decision = await decided(asked, name, hosts);
        refuseIssues(decision);
        files.push(...renderedFiles(decision, service));
      }
      if (service !== undefined && files.length === 0)
        throw new WindlassError('unknown-name', `${environment} has no service ${service} with config files`);
      return { apiVersion, environment, commit: asked.revision.commit, files };
    },
    diff: async (environment) => {
      const asked = question(environment);
      const hosts = await inventory.readHosts();
      const pairs: InstalledAndDesired[] = [];
      for (const app of appsOf(environment, undefined)) {
        const decision = await decided(asked, app, hosts);
        refuseIssues(decision);
        pairs.push(...(await installedAndDesired(decision, await contentsDeployed(asked, app, hosts), hosts, { hub, steps })));
      }
      return { apiVersion, environment, commit: asked.revision.commit, files: foldDifferences(pairs) };
    },
  };
}
