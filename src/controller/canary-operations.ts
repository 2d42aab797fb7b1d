import type { CanaryDecision, Operations } from '../api/operations.ts';
import { WindlassError } from '../errors.ts';
import type { ApplicationPart, ApplicationState } from '../model/deployment.ts';
import { type ApplicationCanary, apiVersion } from '../model/documents.ts';
import { appTarget } from '../queue/targets.ts';
import { deployedRevision } from '../workers/choose-aim.ts';
import { frozenMessage } from '../workers/deploy.ts';
import { revisionOf } from '../workers/deployment-log.ts';
import { sameRevision } from '../workers/environment-state.ts';
import { standingCanary } from './part-documents.ts';
import type { PersonDependencies } from './person-operations.ts';

/** The canaries that stand, and what a person says of them. */
export function createCanaryOperations(dependencies: PersonDependencies): Pick<Operations, 'canary' | 'decideCanary'> {
  const { environments, states, controls, appsOf, wake } = dependencies;
  const standing = async (environment: string, app: string): Promise<Standing | undefined> => {
    const state = await states.readState(appTarget(environment, app));
    const part = standingCanary(state?.part, await controls.read(environment, app));
    return state && part && { state, part, document: documentOf(app, state, part) };
  };
  return {
    canary: async ({ environment, app }) => {
      environments.require(environment);
      const found = await Promise.all(appsOf(environment, app).map((name) => standing(environment, name)));
      return { apiVersion, environment, apps: found.flatMap((one) => one?.document ?? []) };
    },
    decideCanary: async ({ environment, apps, decision, author = 'somebody' }) => {
      environments.require(environment);
      const names = Object.keys(apps).flatMap((name) => appsOf(environment, name));
      const agreed = await Promise.all(names.map(async (app) => ({ app, found: await standing(environment, app) })));
      const checked = agreed.map(({ app, found }) => ({ app, found: required(`${environment}/${app}`, found, apps[app]) }));
      for (const { app, found } of checked) {
        const { freeze } = await controls.read(environment, app);
        if (freeze) throw new WindlassError('conflict', `${environment}/${app} is ${frozenMessage(freeze)}: unfreeze it first`);
        await carryOut[decision](dependencies, { environment, app, author, found });
        await wake(environment, app);
      }
      return { apiVersion, environment, apps: names };
    },
  };
}

interface Standing {
  readonly state: ApplicationState;
  readonly part: ApplicationPart;
  readonly document: ApplicationCanary;
}

interface Decided {
  readonly environment: string;
  readonly app: string;
  readonly author: string;
  readonly found: Standing;
}

type CarryOut = (dependencies: PersonDependencies, decided: Decided) => Promise<void>;

const carryOut: Readonly<Record<CanaryDecision['decision'], CarryOut>> = {
  continue: async ({ controls, now }, { environment, app, author, found: { part } }) =>
    controls.continueCanary(environment, app, { revision: part.revision, by: author, at: now().toISOString() }),
  /** A rollback to what is deployed; only this revision is passed over, not what may have been pushed since. */
  abort: async ({ controls, deployments, now }, { environment, app, author, found: { state, part } }) => {
    const revision = deployedRevision(state);
    if (!revision) throw new WindlassError('conflict', `${environment}/${app} has nothing to go back to`);
    const records = await deployments.list({ environment, app, limit: 1_000 });
    const origin = records.find((record) => record.state === 'succeeded' && !record.limit && sameRevision(revisionOf(record), revision));
    const deployment = origin?.id ?? state.deployment ?? '';
    const pin = {
      revision,
      over: part.revision,
      from: part.revision.commit,
      deployment,
      pulled: state.pulled,
      by: author,
      at: now().toISOString(),
    };
    await controls.setPin(environment, app, pin);
  },
};

/** A person speaks of the canary that was shown. */
function required(target: string, found: Standing | undefined, commit: string | undefined): Standing {
  if (!found) throw new WindlassError('conflict', `no canary of ${target} stands any more: windlass status says how it is`);
  if (found.part.revision.commit === commit) return found;
  throw new WindlassError('conflict', `the canary of ${target} is at ${found.part.revision.commit.slice(0, 7)} by now: look at it again`);
}

const documentOf = (name: string, state: ApplicationState, { revision, canary }: ApplicationPart): ApplicationCanary => ({
  name,
  commit: revision.commit,
  deployed: state.deployed ?? null,
  since: canary?.since ?? '',
  until: canary?.until ?? null,
  services: canary?.services ?? [],
});
