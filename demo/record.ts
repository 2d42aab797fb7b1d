import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { hostNetwork } from './host-network.ts';

/** What has to be known to put the machine back as it was, kept on disk before anything is made: the demo may be killed. */
const record = z.object({
  /** The engine, as `DOCKER_HOST` takes it. */
  dockerHost: z.string(),
  /** Of this run, to be removed. */
  temporary: z.string(),
  /** The images that a demo's names stood for before it. */
  tags: z.record(z.string(), z.string()),
  /** Those of a demo's networks that were there before it. */
  networks: z.array(z.string()),
  /** The machine's network before the demo's own dockerd. */
  hostNetwork: hostNetwork.optional(),
});
export type Record = Readonly<z.infer<typeof record>>;

/** Where demos keep what must outlive them when they are killed. */
export function stateDirectory(): string {
  const set = process.env.XDG_STATE_HOME;
  return join(set && isAbsolute(set) ? set : join(homedir(), '.local', 'state'), 'windlass-demo');
}

const file = () => join(stateDirectory(), 'made.json');

export async function writeRecord(content: Record): Promise<void> {
  await mkdir(stateDirectory(), { recursive: true });
  await writeFile(file(), JSON.stringify(content));
}

/** Undefined where no demo has left one. */
export async function readRecord(): Promise<Record | undefined> {
  const text = await readFile(file(), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : record.parse(JSON.parse(text));
}
