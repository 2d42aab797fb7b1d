import type { Command } from 'commander';
import type { DeploymentRecord } from '../../model/deployment.ts';
import type { HistoryDocument } from '../../model/documents.ts';
import { environment, inHistory, whole } from '../arguments.ts';
import { oneLine, shortCommit, shortDuration, shortTime } from '../format.ts';
import { paintState } from '../paint.ts';
import type { Session } from '../session.ts';
import { table } from '../table.ts';

interface Options {
  readonly environment?: string;
  readonly app?: string;
  readonly limit: number;
  readonly json?: true;
}

/** `windlass history`. */
export function addHistory(program: Command, session: Session): void {
  program
    .command('history')
    .description('list deployments, the newest first')
    .option('--environment <name>', 'only of this environment', environment)
    .option('--app <name>', 'only of this application, or "(images)": images that no application waited for', inHistory)
    .option('--limit <number>', 'how many at most', whole(1), 20)
    .option('--json', 'print one JSON document')
    .action(async ({ json, ...query }: Options) => {
      const history = await (await session.client()).get<HistoryDocument>(['history'], query);
      if (json) return session.printJson(history);
      if (history.deployments.length === 0) return session.note('no deployments');
      session.print(historyText(history.deployments, session));
    });
}

const historyText = (deployments: readonly DeploymentRecord[], { paint, width }: Pick<Session, 'paint' | 'width'>): string =>
  table(
    ['DEPLOYMENT', 'ENVIRONMENT', 'APP', 'COMMIT', 'TRIGGER', 'STATE', 'STARTED', 'TOOK', 'MESSAGE'],
    deployments.map((deployment) => [
      deployment.id,
      deployment.environment,
      deployment.app,
      shortCommit(deployment.commit),
      deployment.trigger,
      paintState(paint, deployment.state),
      shortTime(deployment.startedAt),
      shortDuration(took(deployment)),
      oneLine(deployment.message),
    ]),
    width,
  );

/** Milliseconds; undefined while it runs. */
export const took = ({ startedAt, finishedAt }: DeploymentRecord): number | undefined =>
  finishedAt === undefined ? undefined : Date.parse(finishedAt) - Date.parse(startedAt);
