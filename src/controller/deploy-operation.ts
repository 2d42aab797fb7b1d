import type { DeployRequest, Operations } from '../api/operations.ts';
import { WindlassError } from '../errors.ts';
import type { InventoryStore } from '../inventory/store.ts';
import type { Revision } from '../model/control.ts';
import { apiVersion } from '../model/documents.ts';
import { targetOf } from '../model/names.ts';
import type { Reach } from '../model/scope.ts';
import { appTarget } from '../queue/targets.ts';
import { pinMessage } from '../workers/conclude.ts';
import { sameRevision } from '../workers/environment-state.ts';
import type { Question } from '../workers/revisions.ts';
import { refuseIssues } from './decision-documents.ts';
import type { Naming } from './naming.ts';
import type { PersonDependencies } from './person-operations.ts';

/** To bring an environment, an application or a part of one to what is wanted. */
export function createDeployOperation(dependencies: PersonDependencies): Pick<Operations, 'deploy'> {
  const { environments, remembered, controls, underWay, question, appsOf, chosen, raise, wake, wakeBuilds, refresh, fetchAlone } =
    dependencies;
  return {
    deploy: async (request) => {
      const { environment, app, removals, author = 'somebody' } = request;
      environments.require(environment);
      // What has just been pushed is meant too, whether or not its webhook is here yet.
      await fetchAlone({ environment, app, author }, () => refresh().then(() => ({})));
      const newest = question(environment);
      const apps = appsOf(environment, app);
      if (removals !== undefined) {
        if (removals !== 'newest') refuseOtherCommit(environment, removals, newest.revision);
        for (const name of apps) await remembered.release(appTarget(environment, name), newest.revision);
      }
      const asked = await readLimit(dependencies, newest, request);
      for (const name of apps) {
        const running = underWay.get(targetOf(environment, name));
        const { wanted, pin } = await chosen(newest, name);
        const { limit: before } = await controls.read(environment, name);
        if (asked && pin) throw new WindlassError('conflict', `${environment}/${name} is ${pinMessage(pin)}; a limit would reach nothing`);
        if (asked || before) {
          if (asked) await controls.widenLimit(environment, name, { ...asked, by: author, at: dependencies.now().toISOString() });
          else await controls.removeLimit(environment, name);
          await wake(environment, name);
        }
        // Whoever asks for what is under way already waits for its outcome: a second run would only do it twice.
        else if (!running || !sameRevision(running, wanted)) await raise(environment, name, 'manual');
      }
      if (app === undefined) await wakeBuilds(environment);
      return { apiVersion, environment, apps };
    },
  };
}

/** A limit names what is there; WindlassError `unknown-name` otherwise. Undefined: no limit is asked for. */
export async function readLimit(
  { inventory, decided }: Pick<Naming, 'decided'> & { readonly inventory: Pick<InventoryStore, 'readHosts'> },
  newest: Question,
  { environment, app, service, container }: Pick<DeployRequest, 'environment' | 'app' | 'service' | 'container'>,
): Promise<Reach | undefined> {
  if (app === undefined || (service === undefined && container === undefined)) return undefined;
  const decision = await decided(newest, app, await inventory.readHosts());
  refuseIssues(decision);
  const { containers } = decision;
  const services = [...new Set(containers.map((one) => one.service))];
  const target = `${environment}/${app}`;
  if (service !== undefined && !services.includes(service))
    throw new WindlassError('unknown-name', `${target} has no service ${service}; it has ${services.join(', ') || 'none'}`);
  const known = containers.filter((one) => service === undefined || one.service === service).map(({ name }) => name);
  if (container !== undefined && !known.includes(container))
    throw new WindlassError('unknown-name', `${target} has no container ${container}; it has ${known.join(', ') || 'none'}`);
  return container === undefined ? { services: [service ?? ''], containers: [] } : { services: [], containers: [container] };
}

/** What a person has agreed to is gone over once more when something else has been pushed meanwhile. */
function refuseOtherCommit(environment: string, agreed: string, { commit }: Revision): void {
  if (agreed === commit) return;
  throw new WindlassError(
    'conflict',
    `${environment} is at commit ${commit.slice(0, 12)} by now, not ${agreed.slice(0, 12)}: look at its plan again`,
  );
}
