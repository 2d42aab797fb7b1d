import type { Operations } from '../api/operations.ts';
import { apiVersion } from '../model/documents.ts';
import { appTarget } from '../queue/targets.ts';
import { createApprovalOperations } from './approval-operations.ts';
import { createCanaryOperations } from './canary-operations.ts';
import type { FetchAlone } from './deploy-alone.ts';
import { createDeployOperation } from './deploy-operation.ts';
import type { Naming } from './naming.ts';
import type { OperationsDependencies } from './operations.ts';
import { createRollbackOperations } from './rollback-operations.ts';

type PersonOperations = Pick<
  Operations,
  'deploy' | 'freeze' | 'approval' | 'approve' | 'rollbackPlan' | 'rollback' | 'canary' | 'decideCanary'
>;

export interface PersonDependencies extends OperationsDependencies, Naming {
  readonly fetchAlone: FetchAlone;
  /** Has the worker look at what was said, which has raised it already. */
  readonly wake: (environment: string, app: string) => Promise<void>;
  /** Has images built that no application waits for. */
  readonly wakeBuilds: (environment: string) => Promise<void>;
}

/** What a person decides: to deploy, to hold, to agree, to go on, to go back. */
export function createPersonOperations(given: OperationsDependencies & Naming & Pick<PersonDependencies, 'fetchAlone'>): PersonOperations {
  const { environments, controls, appsOf, wakeups, now } = given;
  const wake = (environment: string, app: string) => {
    const target = appTarget(environment, app);
    return wakeups.wake('deployments', target, { target });
  };
  const wakeBuilds = (environment: string) => wakeups.wake('builds', environment, { environment, trigger: 'manual' });
  const dependencies = { ...given, wake, wakeBuilds };
  return {
    ...createDeployOperation(dependencies),
    ...createApprovalOperations(dependencies),
    ...createRollbackOperations(dependencies),
    ...createCanaryOperations(dependencies),
    freeze: async ({ environment, app, frozen, reason = '', author = 'somebody' }) => {
      environments.require(environment);
      const apps = appsOf(environment, app);
      await controls.setFreeze(environment, app, frozen ? { by: author, reason, since: now().toISOString() } : undefined, apps);
      await Promise.all(apps.map((name) => wake(environment, name)));
      if (!frozen) await wakeBuilds(environment);
      return { apiVersion, environment, app: app ?? null, frozen };
    },
  };
}
