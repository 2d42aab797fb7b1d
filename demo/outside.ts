import { get as request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { extract } from 'tar-stream';
import type { ContainerInspect, Engine } from '../src/docker/engine.ts';

/** A container as anybody with access to the engine sees it. */
export interface Seen {
  readonly name: string;
  readonly id: string;
  readonly startedAt: string;
  /** Of its main process, on this machine. */
  readonly pid: number;
  /** In each of its networks. */
  readonly addresses: readonly string[];
}

/** The label of every container that a demo makes. */
export const demoLabel = 'windlass-demo';

/** The running containers of a service of the demo, by name. */
export async function look(engine: Engine, app: string, service: string): Promise<readonly Seen[]> {
  const found = await engine.listContainers([demoLabel, `windlass.app=${app}`, `windlass.service=${service}`]);
  const inspected = await Promise.all(found.map(({ Id }) => engine.inspectContainer(Id)));
  return inspected
    .filter((container): container is ContainerInspect => container?.State.Running === true)
    .map((container) => ({
      name: container.Name.slice(1),
      id: container.Id,
      startedAt: container.State.StartedAt,
      pid: container.State.Pid,
      addresses: Object.values(container.NetworkSettings.Networks).map(({ IPAddress }) => IPAddress),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Same containers, started at the same instants, with the same main processes. */
export const untouched = (before: readonly Seen[], after: readonly Seen[]): boolean => JSON.stringify(before) === JSON.stringify(after);

/** A file as the engine copies it out of a container. */
export async function readFileOf(engine: Engine, container: string, path: string): Promise<string> {
  const tar = await engine.getArchive(container, path);
  if (!tar) throw new Error(`${path} is not in ${container}`);
  const chunks: Buffer[] = [];
  for await (const entry of tar.pipe(extract())) for await (const chunk of entry) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

/** The servers of one backend in HAProxy's file, by name: their addresses. */
export function serversIn(haproxyFile: string, backend: string): ReadonlyMap<string, string> {
  const section = haproxyFile.split(/^(?=\S)/m).find((text) => text.startsWith(`backend ${backend}\n`)) ?? '';
  return new Map([...section.matchAll(/^\s+server (\S+) (\S+):\d+/gm)].map(([, name = '', address = '']) => [name, address]));
}

/** Whether a backend of HAProxy's file lists these containers at their addresses, and nothing else. */
export function lists(haproxyFile: string, backend: string, containers: readonly Seen[]): boolean {
  const servers = serversIn(haproxyFile, backend);
  return servers.size === containers.length && containers.every(({ name, addresses }) => addresses.includes(servers.get(name) ?? ''));
}

/** What a URL answers, over a connection of its own; an answer that does not come within 5 s is an error. */
export function fetchText(url: string): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent: false, signal: AbortSignal.timeout(5_000) }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        text += chunk;
      });
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, text }));
      answer.once('error', reject);
    });
    asked.once('error', reject);
  });
}

/** Looks again and again; what was found, or an error that says what did not come. */
export async function until<T>(what: string, find: () => Promise<T | undefined | false>, withinMs = 120_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  let last = '';
  while (performance.now() < deadline) {
    const found = await find().catch((error: unknown) => {
      last = `; the last look: ${error instanceof Error ? error.message : error}`;
      return undefined;
    });
    if (found !== undefined && found !== false) return found;
    await sleep(15);
  }
  throw new Error(`${what}: not within ${withinMs / 1000} s${last}`);
}

/** Until each of these containers itself answers with the text at the path. */
export async function untilServed(containers: readonly Seen[], path: string, text: string): Promise<void> {
  const serves = ({ addresses: [address] }: Seen) =>
    fetchText(`http://${address}:8080${path}`).then((answer) => answer.text.includes(text));
  await Promise.all(containers.map((container) => until(`${container.name} with "${text}"`, () => serves(container))));
}
