import type { Command } from 'commander';
import { apiVersion } from '../../model/documents.ts';
import { serviceTarget, type Target, whole } from '../arguments.ts';
import { exitStatus, wrongUse } from '../cli-error.ts';
import type { Session } from '../session.ts';

interface Options {
  readonly follow?: true;
  readonly tail: number;
  readonly json?: true;
}

/** `windlass logs ENV/APP/SERVICE`. */
export function addLogs(program: Command, session: Session): void {
  program
    .command('logs')
    .description("print what a service's containers wrote")
    .argument('<ENV/APP/SERVICE>', 'the service', serviceTarget)
    .option('-f, --follow', 'go on as they write more')
    .option('--tail <number>', 'how many lines of each container', whole(0), 100)
    .option('--json', 'print one JSON document')
    .action(async (service: Required<Target>, options: Options) => {
      if (options.follow && options.json) throw wrongUse('--json prints one document, which -f would never end: take one of the two');
      await printLogs(session, service, options);
    });
}

async function printLogs(
  session: Session,
  { environment, app, service }: Required<Target>,
  { follow, tail, json }: Options,
): Promise<void> {
  const client = await session.client();
  const interrupted = session.io.interrupted();
  const chunks: Uint8Array[] = [];
  try {
    const query = { tail, follow: follow ? 'true' : undefined };
    for await (const chunk of await client.stream(['environments', environment, 'logs', app, service], query, interrupted)) {
      if (json) chunks.push(chunk);
      else await write(session, chunk);
    }
  } catch (error) {
    if (!interrupted.aborted) throw error;
    return session.end(exitStatus.interrupted);
  }
  if (json) session.printJson({ apiVersion, lines: linesOf(Buffer.concat(chunks).toString()) });
}

/** Waits for a slow reader, so that a log does not pile up in memory. */
const write = (session: Session, chunk: Uint8Array) => new Promise<void>((resolve) => session.io.stdout.write(chunk, () => resolve()));

const linesOf = (text: string) =>
  text
    .replace(/\n$/, '')
    .split('\n')
    .filter((_line, index, all) => index > 0 || all.length > 1 || _line !== '');
