import type { ConfigFile } from '../model/application.ts';
import { didYouMean } from '../model/nearest.ts';
import { fileUseKeys } from './compose-service-keys.ts';
import type { DeclaredConfig } from './config-files.ts';
import { absolute, parseMode } from './container-path.ts';
import { type Cursor, fail, parsed, quote, type Reader, scalar, string } from './reader.ts';
import { type Fields, fields, list } from './reader-collections.ts';

/** What a service can have as files, by the name at the top of the compose file. */
export interface DeclaredFiles {
  readonly configs: ReadonlyMap<string, DeclaredConfig>;
  readonly secrets: ReadonlyMap<string, DeclaredConfig>;
}

/** A service's `configs:` and `secrets:`, each file with its target. */
export function readConfigFiles(service: Fields, { configs, secrets }: DeclaredFiles): readonly ConfigFile[] {
  const ofKind = (kind: Kind) =>
    service
      .read(
        kind.key,
        list((at) => readEntry(at, kind)),
      )
      ?.flat() ?? [];
  const files = [
    ...ofKind({ key: 'configs', folder: '', declared: configs }),
    ...ofKind({ key: 'secrets', folder: '/run/secrets', declared: secrets }),
  ];
  const targets = files.map((file) => file.target);
  const twice = targets.find((target, index) => targets.indexOf(target) !== index);
  if (twice !== undefined) fail(service.get('configs') ?? service.at, `puts two files at ${twice}`);
  return files;
}

/** Configs or secrets: a short name stands for a file of that name in `folder`. */
interface Kind {
  readonly key: 'configs' | 'secrets';
  readonly folder: string;
  readonly declared: ReadonlyMap<string, DeclaredConfig>;
}

function readEntry(at: Cursor, kind: Kind): readonly ConfigFile[] | undefined {
  if (at.value.kind !== 'map') {
    const source = string(at);
    return source === undefined ? undefined : place(at, source, `${kind.folder}/${source}`, kind, {});
  }
  const found = fields(at, fileUseKeys);
  const source = found?.require('source', string);
  if (found === undefined || source === undefined) return undefined;
  const target =
    found.get('target') === undefined ? `${kind.folder}/${source}` : found.read('target', (cursor) => readTarget(cursor, kind));
  if (target === undefined) return undefined;
  const mode = found.read('mode', readMode);
  return place(at, source, target, kind, {
    uid: found.read('uid', readId) ?? 0,
    gid: found.read('gid', readId) ?? 0,
    ...(mode !== undefined && { mode }),
  });
}

/** A secret's target may be a name, which stands for a file under /run/secrets. */
const readTarget = (at: Cursor, { folder }: Kind): string | undefined => {
  const target = string(at);
  return absolute(at, target === undefined || target.startsWith('/') || folder === '' ? target : `${folder}/${target}`);
};

type Ownership = Partial<Pick<ConfigFile, 'uid' | 'gid' | 'mode'>>;

function place(
  at: Cursor,
  source: string,
  target: string,
  { key, declared }: Kind,
  ownership: Ownership,
): readonly ConfigFile[] | undefined {
  const config = declared.get(source);
  if (config === undefined) {
    return fail(at, `names ${quote(source)}, which is not under ${key}: at the top${didYouMean(source, declared.keys())}`);
  }
  return config.files.map(({ below, executable, ...content }) => ({
    source: `${source}${below}`,
    target: target === '/' ? below : `${target}${below}`,
    mode: executable ? 0o555 : 0o444,
    uid: 0,
    gid: 0,
    ...ownership,
    ...content,
  }));
}

const readId = parsed((text) => (/^[0-9]{1,9}$/.test(text) ? Number(text) : undefined), 'a number');

/** `0644`, `0o644` or `"0644"`. A decimal number is nearly always an octal one without its zero. */
const readMode: Reader<number> = (at) => {
  const found = scalar(at, 'must be an octal mode, for example 0644');
  if (found === undefined) return undefined;
  if (found.plain && /^[1-9][0-9]*$/.test(found.text)) {
    return fail(at, `is ${found.text}, which YAML reads as a decimal number; write 0${found.text}`);
  }
  return parseMode(found.text) ?? fail(at, `must be an octal mode, for example 0644, not ${quote(found.text)}`);
};
