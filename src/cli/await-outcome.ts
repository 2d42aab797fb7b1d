import type { DeployDocument } from '../model/documents.ts';
import type { OutcomeDocument } from '../model/status-documents.ts';
import { CliError, exitStatus } from './cli-error.ts';
import type { Client } from './client.ts';
import { followDeploy, type isDecided, outcomeStatus } from './follow-deploy.ts';
import { createReport } from './follow-report.ts';
import { oneLine, shortCommit } from './format.ts';
import { paintState } from './paint.ts';
import type { Session } from './session.ts';
import { whatNext } from './what-next.ts';

export interface Accepted {
  readonly accepted: DeployDocument;
  /** Ids of deployments that had ended before it was asked for. */
  readonly before: ReadonlySet<string>;
  readonly wait: boolean;
  readonly json: boolean;
  /** Of an application that is not deployed: whether what was asked for is done all the same. */
  readonly isDone?: typeof isDecided;
}

/** Follows what a person set off to its outcome, prints that and sets the exit status; without `wait` only says that it began. */
export async function awaitOutcome(session: Session, client: Client, { accepted, before, wait, json, isDone }: Accepted): Promise<void> {
  if (!wait) {
    if (json) return session.printJson(accepted);
    return session.print(accepted.apps.map((name) => `${accepted.environment}/${name} is being deployed\n`).join(''));
  }
  const outcome = await follow(session, client, { ...accepted, before });
  if (!outcome) return;
  if (json) session.printJson(outcome);
  else {
    session.print(outcomeText(outcome, session));
    for (const line of whatNext(outcome)) session.note(line);
  }
  session.end(outcomeStatus(outcome, isDone));
}

async function follow(
  session: Session,
  client: Client,
  followed: DeployDocument & { readonly before: ReadonlySet<string> },
): Promise<OutcomeDocument | undefined> {
  const interrupted = session.io.interrupted();
  const report = createReport(session);
  try {
    const outcome = await followDeploy(client, followed, report, interrupted);
    report.end('keep');
    return outcome;
  } catch (error) {
    report.end('keep');
    if (!interrupted.aborted) {
      if (error instanceof CliError && error.answer !== undefined) session.note('windlass: the deployment was accepted and goes on');
      throw error;
    }
    session.note(`windlass: no longer following; the deployment goes on (windlass history --environment ${followed.environment})`);
    session.end(exitStatus.interrupted);
    return undefined;
  }
}

const outcomeText = ({ environment, apps }: OutcomeDocument, { paint }: Session): string =>
  apps
    .map(({ name, state, wanted, deployed, message }) => {
      const said = oneLine(message);
      const commit = shortCommit(state === 'deployed' ? deployed : wanted);
      return `${environment}/${name} ${paintState(paint, state)} at ${commit}${said === '' ? '' : `: ${said}`}\n`;
    })
    .join('');
