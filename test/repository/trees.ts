import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Tree } from '../../src/model/image.ts';
import type { Environment, Root } from '../../src/model/root.ts';
import { formatIssue } from '../../src/repository/issues.ts';
import { type ReadApplication, readApplication } from '../../src/repository/read-application.ts';
import { readImages } from '../../src/repository/read-images.ts';

export const commit = '0123456789abcdef0123456789abcdef01234567';

/** A tree with these files, all read; a path in `modes` is not an ordinary file. */
export function treeOf(files: Readonly<Record<string, string | Uint8Array>>, modes: Readonly<Record<string, string>> = {}): Tree {
  const bytes = Object.entries(files).map(([path, content]) => [path, Buffer.from(content)] as const);
  const oid = (content: Buffer) => createHash('sha1').update(content).digest('hex');
  return {
    commit,
    entries: bytes.map(([path, content]) => ({ path, mode: modes[path] ?? '100644', oid: oid(content) })),
    files: new Map(bytes),
  };
}

/** A folder on the disk as a tree. */
export function treeOfFolder(folder: string): Tree {
  const paths = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return treeOf(Object.fromEntries(paths.map((path) => [relative(folder, path), readFileSync(path)])));
}

export const staging: Environment = { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} };
export const emptyRoot: Root = { environments: [staging], hosts: [], sources: [] };

/** The application `shop` of `staging` from a compose file and others beside it. */
export function readShop(compose: string, others: Readonly<Record<string, string>> = {}): ReadApplication {
  const tree = treeOf({ 'apps/shop/compose.yaml': compose, ...others });
  const images = 'windlass.yaml' in others ? readImages(tree).images : [];
  return readApplication({ tree, root: emptyRoot, environment: staging, app: 'shop', images });
}

/** Its mistakes as a person sees them, without the name of compose.yaml. */
export function mistakes(compose: string, others: Readonly<Record<string, string>> = {}): readonly string[] {
  return readShop(compose, others).issues.map((issue) => formatIssue(issue).replace(/^apps\/shop\/compose\.yaml:/, ''));
}

/** The one service of a compose file that has to be without mistakes. */
export function readOneService(compose: string, others: Readonly<Record<string, string>> = {}) {
  const { application, issues } = readShop(compose, others);
  const service = application?.services[0];
  if (service === undefined) throw new Error(issues.map(formatIssue).join('\n'));
  return service;
}
