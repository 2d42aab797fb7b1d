import type { Issue } from '../model/application.ts';
import { isBranchName } from '../model/branch-name.ts';
import type { Tree } from '../model/image.ts';
import { applicationName, environmentName, hostName, sourceName } from '../model/names.ts';
import { didYouMean } from '../model/nearest.ts';
import { type Environment, type HostDeclaration, providers, type Root, rootFile, type Source } from '../model/root.ts';
import { createIssues, type Issues } from './issues.ts';
import { type Cursor, cursor, fail, isNull, nonEmpty, oneOf, quote, type Reader, string } from './reader.ts';
import { checkName, entries, type Fields, fields, list, type NamedCursor, stringMap } from './reader-collections.ts';
import { readVariables } from './variables.ts';
import { environmentKeys, hostKeys, rootKeys, sourceKeys } from './windlass-keys.ts';
import { parseYaml } from './yaml-document.ts';

export interface ReadRoot {
  /** Undefined with issues. */
  readonly root: Root | undefined;
  /** What could be read in spite of issues, to look for more of them in; undefined where the file is no mapping. */
  readonly readable: Root | undefined;
  readonly issues: readonly Issue[];
}

/** Environments, hosts and sources of windlass.yaml. */
export function readRoot(tree: Tree): ReadRoot {
  const issues = createIssues();
  const found = openRoot(tree, issues);
  const sources = entries(found?.get('sources')).filter((entry) => checkName(entry, sourceName));
  const root = found && {
    sources: sources.map(readSource).filter((source) => source !== undefined),
    hosts: entries(found.get('hosts'))
      .filter((entry) => checkName(entry, hostName))
      .map(readHost),
    environments: readEnvironments(
      found,
      sources.map((source) => source.key),
    ),
  };
  return { root: issues.list().length > 0 ? undefined : root, readable: root, issues: issues.list() };
}

/** The top of windlass.yaml; undefined, with the reason added to the issues, where there is none. */
export function openRoot(tree: Tree, issues: Issues): Fields | undefined {
  const bytes = tree.files.get(rootFile);
  if (bytes === undefined) {
    const refused = tree.refused?.get(rootFile);
    const example = 'environments: { staging: { branch: main } }';
    issues.add(
      { file: rootFile, line: 1, column: 1 },
      refused === undefined ? `this file is missing; write it with at least: ${example}` : `this file ${refused}`,
    );
    return undefined;
  }
  const value = parseYaml(rootFile, bytes, issues);
  const found = value && fields(cursor(value, { issues }), { known: Object.keys(rootKeys) });
  found?.read('version', (at) => (string(at) === '1' ? 1 : fail(at, 'must be 1')));
  return found;
}

function readEnvironments(found: Fields, sources: readonly string[]): readonly Environment[] {
  const named = entries(found.require('environments', (at) => at)).filter((entry) => checkName(entry, environmentName));
  if (found.get('environments') !== undefined && named.length === 0) fail(found.at, 'environments: names no environment');
  return named.map((entry) => readEnvironment(entry, sources)).filter((environment) => environment !== undefined);
}

function readEnvironment(at: NamedCursor, sources: readonly string[]): Environment | undefined {
  const found = fields(at, {
    known: Object.keys(environmentKeys),
    hints: new Map([['variables', `belongs into environments/${at.key}.yaml`]]),
  });
  const branch = found?.require('branch', readBranch);
  const approval = found?.read('approval', oneOf('none', 'required'));
  const onLostHost = found?.read('on_lost_host', oneOf('hold', 'skip'));
  if (found === undefined) return undefined;
  return {
    name: at.key,
    // Missing or mistaken, which has been said: what else stands here and in its file is looked at all the same.
    branch: branch ?? '',
    apps: found.read('apps', list(readApplicationName)),
    hosts: found.read('hosts', stringMap),
    sources: found.read('sources', (cursor) => readSourceBranches(cursor, sources)) ?? {},
    ...(approval === 'required' ? { approval } : {}),
    ...(onLostHost === 'skip' ? { onLostHost } : {}),
  };
}

const readApplicationName: Reader<string> = (at) => {
  const name = string(at);
  const result = applicationName.safeParse(name);
  return name === undefined || result.success ? name : fail(at, `is ${quote(name)}: ${result.error.issues[0]?.message}`);
};

function readSourceBranches(at: Cursor, sources: readonly string[]): Readonly<Record<string, string>> | undefined {
  for (const entry of entries(at)) {
    if (!sources.includes(entry.key)) fail(entry, `is not under sources:${didYouMean(entry.key, sources)}`, entry.keyPlace);
    else if (!isNull(entry)) readBranch(entry);
  }
  return at.value.kind === 'map' ? stringMap(at) : undefined;
}

const readBranch: Reader<string> = (at) => {
  const branch = nonEmpty(at);
  return branch === undefined || isBranchName(branch) ? branch : fail(at, `must be the name of a branch, not ${quote(branch)}`);
};

function readHost(at: NamedCursor): HostDeclaration {
  const found = isNull(at) ? undefined : fields(at, { known: Object.keys(hostKeys) });
  return { name: at.key, labels: found?.read('labels', stringMap) ?? {}, variables: readVariables(found?.get('variables')) };
}

function readSource(at: NamedCursor): Source | undefined {
  if (at.key === 'config') return fail(at, 'is the repository itself; give the source another name', at.keyPlace);
  const found = fields(at, { known: Object.keys(sourceKeys) });
  const url = found?.require('url', nonEmpty);
  if (found === undefined || url === undefined) return undefined;
  return {
    name: at.key,
    url,
    branch: found.read('branch', readBranch) ?? 'main',
    provider: found.read('provider', oneOf(...providers)) ?? 'standard',
  };
}
