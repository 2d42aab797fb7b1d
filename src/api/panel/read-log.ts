import type { LogLine } from '../../model/documents.ts';
import type { Operations } from '../operations.ts';
import type { LogTail } from './deployment-page.ts';

type LogReader = Pick<Operations, 'deploymentLog'>;

/** Lines on a page; what is wrong stands at the end. */
const most = 1_000;

/** The last lines of a deployment's log. */
export async function logTail(operations: LogReader, id: string): Promise<LogTail> {
  let lines: LogLine[] = [];
  let total = 0;
  for await (const part of parts(operations, id)) {
    total += part.length;
    lines = [...lines, ...part].slice(-most);
  }
  return { lines, before: total - lines.length };
}

/** All of it as text, a part at a time. */
export async function* logLines(operations: LogReader, id: string): AsyncGenerator<string> {
  for await (const part of parts(operations, id))
    yield part.map(({ at, step, line }) => `${at} ${step === '' ? '-' : step}  ${line}\n`).join('');
}

async function* parts(operations: LogReader, id: string): AsyncGenerator<readonly LogLine[]> {
  let from = 0;
  for (;;) {
    const found = await operations.deploymentLog(id, from);
    if (!found || found.lines.length === 0) return;
    yield found.lines;
    from = found.next;
  }
}
