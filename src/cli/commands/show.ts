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
import { poll } from '../poll.ts';
import type { Session } from '../session.ts';

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
  if (!live && first.steps.length > 0) session.print(`${stepsText(first.steps, session.paint)}\n`);
  const last = await readAlong(session, client, { id, follow: live, onLine: (line) => session.print(logLineText(line, session.paint)) });
  if (!live || !last) return;
  session.print(`\n${headText(last, session.paint)}\n${stepsText(last.steps, session.paint)}`);
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
}

/** The deployment once all of its log has been read, with `follow` once it has ended; undefined when interrupted. */
async function readAlong(session: Session, client: Client, { id, follow, onLine }: Reading): Promise<DeploymentRecord | undefined> {
  const interrupted = session.io.interrupted();
  let from = 0;
  const readOn = async () => {
    // The state is read before the log: what is written after the last look at the log is then looked for again.
    const deployment = await readDeployment(client, id);
    for (;;) {
      const { lines, next } = await client.get<LogDocument>(['deployments', id, 'log'], { from });
      for (const line of lines) onLine(line);
      from = next;
      if (lines.length === 0) return deployment;
    }
  };
  try {
    return await poll(readOn, (deployment) => !follow || ended(deployment), interrupted);
  } catch (error) {
    if (!interrupted.aborted) throw error;
    session.note(`windlass: no longer following; the deployment goes on (windlass show ${id} -f)`);
    session.end(exitStatus.interrupted);
    return undefined;
  }
}

const readDeployment = async (client: Client, id: string): Promise<DeploymentRecord> =>
  (await client.get<DeploymentDocument>(['deployments', id])).deployment;

const ended = ({ finishedAt }: DeploymentRecord) => finishedAt !== undefined;
