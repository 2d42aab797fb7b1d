import type { Operations } from '../api/operations.ts';
import type { StreamHub } from '../api/stream-hub.ts';
import { WindlassError } from '../errors.ts';
import type { InventoryStore } from '../inventory/store.ts';
import { type ApplicationMistakes, apiVersion, type RenderedFile } from '../model/documents.ts';
import type { StepQueue } from '../queue/steps.ts';
import { frozenMessage } from '../workers/deploy.ts';
import { applicationDiff } from './application-diff.ts';
import { applicationPlan, refuseIssues, renderedFiles } from './decision-documents.ts';
import { readLimit } from './deploy-operation.ts';
import { foldDifferences, type InstalledAndDesired } from './diff.ts';
import { type LookAheadDependencies, lookAhead } from './look-ahead.ts';
import type { Naming } from './naming.ts';
import { plannedScope } from './part-documents.ts';

export interface DecisionDependencies extends LookAheadDependencies {
  readonly naming: Naming;
  readonly inventory: Pick<InventoryStore, 'readHosts'>;
  readonly hub: StreamHub;
  readonly steps: StepQueue;
}

/** What would be done, without doing it: the plan, the rendered files, and how they differ from those installed. */
export function createDecisionOperations(dependencies: DecisionDependencies): Pick<Operations, 'plan' | 'render' | 'diff'> {
  const { inventory } = dependencies;
  const { question, appsOf, decided, chosen } = dependencies.naming;
  return {
    plan: async (query) => {
      const { environment } = query;
      const ahead = query.fresh ? await lookAhead(environment, dependencies) : undefined;
      const asked = ahead?.question ?? question(environment);
      const hosts = await inventory.readHosts();
      const limit = await readLimit({ inventory, decided }, asked, query);
      const planOf = async (app: string) => {
        const choice = await chosen(asked, app);
        const thawed = choice.kind === 'frozen' ? await chosen(asked, app, 'thawed') : choice;
        const scope = plannedScope(asked, thawed, limit);
        // What was rolled back from is deployed by nobody who asks for a deployment.
        const pinned = thawed.pin && thawed.kind !== 'frozen' ? thawed.aim : undefined;
        const decision = await decided(pinned ?? { ...asked, ...(scope ? { scope } : {}) }, app, hosts, true);
        const frozen = choice.kind === 'frozen' ? frozenMessage(choice.freeze) : undefined;
        return applicationPlan(app, decision, { limited: scope?.limit !== undefined, frozen });
      };
      const isNew = query.app !== undefined && ahead?.apps.includes(query.app);
      const known = isNew ? [] : appsOf(environment, query.app);
      const added = (ahead?.apps ?? []).filter((app) => !known.includes(app) && (query.app ?? app) === app);
      const apps = await Promise.all([...known, ...added].map(planOf));
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
      const files: InstalledAndDesired[] = [];
      const mistakes: ApplicationMistakes[] = [];
      for (const name of appsOf(environment, undefined)) {
        const found = await applicationDiff(asked, name, hosts, dependencies);
        files.push(...found.files);
        if (found.issues.length > 0) mistakes.push({ name, issues: found.issues });
      }
      return { apiVersion, environment, commit: asked.revision.commit, files: foldDifferences(files), mistakes };
    },
  };
}
