import type { Command } from 'commander';
import type { DeploymentRecord } from '../../model/deployment.ts';
import {
  apiVersion,
  type DeploymentDocument,
  type DeploymentWithLogDocument,
  type LogDocument,
  type LogLine,
} from '../../model/documents.ts';
import { exitStatus } from '../cli-error.ts';
import type { Client } from '../client.ts';
import { headText, logLineText, stepsText } from '../deployment-text.ts';
import { createReport } from '../follow-report.ts';
import { poll } from '../poll.ts';
import type { Session } from '../session.ts';
import { isLively } from '../terminal.ts';

interface Options {
  readonly follow?: true;
  readonly json?: true;
}

/** `windlass show DEPLOYMENT`. */
export function addShow(program: Command, session: Session): void {
  program
    .command('show')
    .description('show the steps and the log of a deployment')
    .argument('<DEPLOYMENT>', 'its id, as history lists it')
    .option('-f, --follow', 'go on until it has ended')
    .option('--json', 'print one JSON document')
    .action((id: string, { follow, json }: Options) =>
      json ? showJson(session, id, follow === true) : showText(session, id, follow === true),
    );
}

async function showText(session: Session, id: string, follow: boolean): Promise<void> {
  const client = await session.client();
  const first = await readDeployment(client, id);
  session.print(`${headText(first, session.paint)}\n`);
  const live = follow && !ended(first);
  if (!live && first.steps.length > 0) session.print(`${stepsText(first.steps, session)}\n`);
  const last = live
    ? await followText(session, client, id)
    : await readAlong(session, client, { id, follow: false, onLine: printer(session) });
  if (!live || !last) return;
  session.print(`\n${headText(last, session.paint)}\n${stepsText(last.steps, session)}`);
}

const printer =
  ({ print, paint }: Pick<Session, 'print' | 'paint'>) =>
  (line: LogLine): void =>
    print(logLineText(line, paint));

/** On a terminal the steps are drawn in place under the log. */
async function followText(session: Session, client: Client, id: string): Promise<DeploymentRecord | undefined> {
  const { io, paint } = session;
  if (!isLively(io.env, io.stderr)) return readAlong(session, client, { id, follow: true, onLine: printer(session) });
  const report = createReport(session);
  // Both outputs are one terminal: what stdout says has to go above the rows, too.
  const print = io.stdout.isTTY ? report.print : session.print;
  const onLook = (deployment: DeploymentRecord) =>
    report.look({ environment: deployment.environment, apps: [], deployments: [deployment] });
  return readAlong(session, client, { id, follow: true, onLine: printer({ print, paint }), onLook, onEnd: () => report.end('clear') });
}

async function showJson(session: Session, id: string, follow: boolean): Promise<void> {
  const client = await session.client();
  const log: LogLine[] = [];
  const deployment = await readAlong(session, client, { id, follow, onLine: (line) => log.push(line) });
  if (!deployment) return;
  const document: DeploymentWithLogDocument = { apiVersion, deployment, log };
  session.printJson(document);
}

interface Reading {
  readonly id: string;
  readonly follow: boolean;
  readonly onLine: (line: LogLine) => void;
  readonly onLook?: (deployment: DeploymentRecord) => void;
  /** Called before anything else is said. */
  readonly onEnd?: () => void;
}

/** The deployment once all of its log has been read, with `follow` once it has ended; undefined when interrupted. */
async function readAlong(
  session: Session,
  client: Client,
  { id, follow, onLine, onLook, onEnd }: Reading,
): Promise<DeploymentRecord | undefined> {
  const interrupted = session.io.interrupted();
  let from = 0;
  const readOn = async () => {
    // The state is read before the log: what is written after the last look at the log is then looked for again.
    const deployment = await readDeployment(client, id);
    onLook?.(deployment);
    for (;;) {
      const { lines, next } = await client.get<LogDocument>(['deployments', id, 'log'], { from });
      for (const line of lines) onLine(line);
      from = next;
      if (lines.length === 0) return deployment;
    }
  };
  try {
    const last = await poll(readOn, (deployment) => !follow || ended(deployment), interrupted);
    onEnd?.();
    return last;
  } catch (error) {
    onEnd?.();
    if (!interrupted.aborted) throw error;
    session.note(`windlass: no longer following; the deployment goes on (windlass show ${id} -f)`);
    session.end(exitStatus.interrupted);
    return undefined;
  }
}

const readDeployment = async (client: Client, id: string): Promise<DeploymentRecord> =>
  (await client.get<DeploymentDocument>(['deployments', id])).deployment;

const ended = ({ finishedAt }: DeploymentRecord) => finishedAt !== undefined;
