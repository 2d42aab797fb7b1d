import { once } from 'node:events';
import type { Log } from '../../log.ts';
import type { Settings } from '../../settings.ts';
import type { Session } from '../session.ts';

type Start = (settings: Settings, log: Log) => Promise<{ readonly url?: string; close(): Promise<void> }>;

/** Starts a process of windlass and closes it once at the first SIGINT or SIGTERM, also one that comes during the start. */
export async function runUntilStopped(session: Session, what: string, start: Start): Promise<void> {
  const interrupted = session.io.interrupted();
  const settings = session.settings();
  const { createLog } = await import('../../log.ts');
  const log = createLog(settings.logLevel);
  for (const warning of settings.warnings) log.warn({}, warning);
  const { url, close } = await start(settings, log);
  // What reads the log elsewhere takes every line for JSON.
  const say = session.io.stderr.isTTY ? session.note : (text: string) => log.info({}, text);
  if (url !== undefined) say(`windlass ${what} listens on ${url}; "windlass token" shows the token to sign in with`);
  if (!interrupted.aborted) await once(interrupted, 'abort');
  say(`windlass ${what} stops; once more to stop at once`);
  await close();
}
