import { text } from 'node:stream/consumers';
import type { Engine } from '../docker/engine.ts';
import { messageOf, WindlassError } from '../errors.ts';

const most = 20;
const longest = 500;

/** The same error with the last lines of the container's log (20 at most) behind the output it has. */
export async function withLastLines(engine: Engine, id: string, error: WindlassError): Promise<WindlassError> {
  const lines = await lastLines(engine, id);
  const output = [error.output, lines].filter(Boolean).join('\n');
  if (output === '') return error;
  return new WindlassError(error.code, error.message, { permanent: error.permanent, cause: error, output });
}

/** Why there is no log is said in its stead: the failure that it would explain matters more. */
async function lastLines(engine: Engine, id: string): Promise<string> {
  try {
    const log = await text(await engine.containerLogs(id, { tail: most }));
    const lines = log.split('\n').filter((line) => line.trim() !== '');
    return lines
      .slice(-most)
      .map((line) => (line.length > longest ? `${line.slice(0, longest)}…` : line))
      .join('\n');
  } catch (error) {
    return `(no log: ${messageOf(error)})`;
  }
}
