import type { Alone, Revision } from '../model/control.ts';
import type { ApplicationPart, ApplicationState } from '../model/deployment.ts';
import type { Choice } from './choose-aim.ts';
import type { DeployContext, DeployRequest } from './deploy-context.ts';
import { sameRevision } from './environment-state.ts';
import type { Question } from './revisions.ts';

/** One run of the deploy worker: what it was asked, what it found, what it chose. */
export interface Run {
  readonly request: DeployRequest;
  readonly target: string;
  readonly newest: Question;
  readonly before: ApplicationState | undefined;
  readonly choice: Choice;
  readonly context: DeployContext;
  readonly signal: AbortSignal;
  /** Why something else is wanted by now; undefined: it is not. */
  readonly superseded: () => Promise<string | undefined>;
}

interface Settlement {
  readonly state: ApplicationState['state'];
  readonly message: string;
  readonly deployed?: Question;
  readonly failed?: Revision;
  readonly deployment?: string;
  /** Null: all of it is at one revision; undefined: as it was before. */
  readonly part?: ApplicationPart | null;
}

/** Writes what status shows. `aimed`: the revision that the run worked towards; undefined: it only kept the deployed one in line. */
export async function settle({ context, target, before, choice }: Run, aimed: Revision | undefined, settlement: Settlement): Promise<void> {
  const { state, message, deployed, failed, deployment, part = before?.part } = settlement;
  // A run that only keeps the revision before a failed one in line does not make the failed one deployed.
  const passesOver = choice.kind === 'open' && choice.passesOver === true;
  const reaches = aimed !== undefined && sameRevision(aimed, choice.wanted) && (!passesOver || deployed !== undefined);
  const kept = failed === undefined && !reaches ? before : undefined;
  const isWell = state === 'deployed' || (passesOver && settlement.part !== undefined);
  const stillFailed = aimed !== undefined && kept?.failed !== undefined && isWell;
  const left = state === 'deployed' ? choice.left : undefined;
  const said = context.mask([message, ...(left ? [leftMessage(target, left)] : [])].filter((part) => part !== '').join('; '));
  await context.states.write(target, {
    deployed: deployed?.revision.commit ?? before?.deployed,
    deployedSources: deployed?.revision.sources ?? before?.deployedSources ?? {},
    pulled: deployed ? deployed.pulled : before?.pulled,
    declared: deployed ? { environment: deployed.environment, root: deployed.root } : before?.declared,
    wanted: choice.seen,
    state: stillFailed ? 'failed' : left ? 'held' : state,
    message: stillFailed ? context.mask(kept.failed?.message ?? kept.message) : said,
    deployment: deployment ?? before?.deployment,
    failed: failed ? { ...failed, message: said } : kept?.failed,
    ...(part ? { part } : {}),
  });
}

/** For status and `diff`. `target`: `ENV/APP`. */
export const leftMessage = (target: string, { apps, by, at }: Alone): string => {
  const [environment, app] = target.split('/');
  return `nothing newer reaches it since ${by} deployed ${apps.join(', ')} alone at ${at}; windlass deploy ${environment} --app ${app} takes it along`;
};
