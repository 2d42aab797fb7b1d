import type { Engine } from '../src/docker/engine.ts';
import { demoLabel } from './outside.ts';
import type { Record } from './record.ts';

/** The names that a demo gives to images, and its networks. */
const imageNames = ['acme/base', 'acme/nginx', 'acme/haproxy', 'catalog', 'debian'];
const networkNames = ['staging-shop_default', 'staging-catalog_default', 'windlass-demo-front'];
export const frontNetwork = 'windlass-demo-front';

/** What of a demo's names is taken on an engine already. */
export async function takenNames(engine: Engine): Promise<Pick<Record, 'tags' | 'networks'>> {
  const networks: string[] = [];
  for (const name of networkNames) if ((await engine.inspectNetwork(name))?.Name === name) networks.push(name);
  return { tags: Object.fromEntries(await tagsOf(engine)), networks };
}

/** Removes from an engine what demos have made, and gives names back to what they named before. */
export async function putBack(engine: Engine, before: Pick<Record, 'tags' | 'networks'>): Promise<void> {
  for (const label of [demoLabel, 'windlass.shadow']) {
    const containers = await engine.listContainers([label]);
    await Promise.all(containers.map(({ Id }) => engine.removeContainer(Id, { force: true, volumes: true })));
  }
  for (const name of networkNames) if (!before.networks.includes(name)) await engine.removeNetwork(name);
  const now = await tagsOf(engine);
  for (const [reference, id] of Object.entries(before.tags)) {
    const [, name = '', tag = ''] = /^(.*):([^:]+)$/.exec(reference) ?? [];
    if (now.get(reference) !== id) await engine.tagImage(id, name, tag);
  }
  for (const reference of now.keys()) if (!(reference in before.tags)) await engine.removeImage(reference);
}

/** Containers of environments that no demo has made. */
export async function strangers(engine: Engine): Promise<readonly string[]> {
  const containers = await engine.listContainers(['windlass.environment']);
  return containers.filter(({ Labels }) => !(demoLabel in Labels)).map(({ Names }) => (Names[0] ?? '').slice(1));
}

async function tagsOf(engine: Engine): Promise<ReadonlyMap<string, string>> {
  const images = await engine.listImages();
  const tags = images.flatMap(({ Id, RepoTags }) => (RepoTags ?? []).map((reference) => [reference, Id] as const));
  return new Map(tags.filter(([reference]) => imageNames.includes(reference.replace(/:[^:]+$/, ''))));
}
