import { applicationPlan } from '../../controller/decision-documents.ts';
import type { Secrets } from '../../model/application.ts';
import type { ApplicationPlan } from '../../model/documents.ts';
import type { HostRecord } from '../../model/host.ts';
import { createPlanner } from '../../workers/planner.ts';
import { readWorkingFolder } from '../working-folder.ts';

interface Foreseen {
  readonly folder: string;
  readonly environment: string;
  readonly app: string;
  readonly host: HostRecord;
  readonly secrets: Secrets;
}

/** What the first deployment of an application on this host would do, planned exactly as it will be; undefined where it cannot be read. */
export async function foresee({ folder, environment: name, app, host, secrets }: Foreseen): Promise<ApplicationPlan | undefined> {
  const tree = await readWorkingFolder(folder);
  const planner = createPlanner();
  try {
    const { root } = await planner.ask({ kind: 'root', tree });
    const environment = root?.environments.find((one) => one.name === name);
    if (!root || !environment) return undefined;
    const trees = { config: tree };
    await planner.ask({ kind: 'load', key: name, input: { environment, root, trees } });
    const terms = { released: true, known: true, drains: {}, lists: {} };
    const answer = await planner.ask({ kind: 'decide', key: name, app, hosts: [host], ownHost: host.name, secrets, terms });
    return 'decision' in answer ? applicationPlan(app, answer.decision) : undefined;
  } finally {
    await planner.close();
  }
}
