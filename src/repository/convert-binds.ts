import { posix } from 'node:path';
import { type Document, isMap, isScalar, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml';

export interface BindsInput {
  /** compose.yaml's text. */
  readonly text: string;
  /** The absolute path of the folder that it was in. */
  readonly folder: string;
  /** Whether a path below the folder holds configuration, which can live in the repository; else it is data of the host. */
  isConfig(path: string): boolean;
  /** What its files allow, where that is less than the default of config files; `various` where they differ. */
  accessOf(path: string): FileAccess | 'various' | undefined;
}

/** Mode bits and owner of a file of the host. */
export interface FileAccess {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface ConvertedBinds {
  readonly text: string;
  /** What became configs, below the folder: files and folders. */
  readonly configs: readonly string[];
  /** One sentence for each bind. */
  readonly notes: readonly string[];
}

/** Rewrites relative bind mounts: configuration becomes `configs:`, everything else the absolute path that Compose made of it. */
export function convertBinds(input: BindsInput): ConvertedBinds {
  const document = parseDocument(input.text);
  const services = document.get('services');
  const notes: string[] = [];
  const configs = new Map<string, string>();
  if (document.errors.length > 0 || !isMap(services)) return { text: input.text, configs: [], notes };
  for (const { key, value: service } of services.items) {
    const volumes = isMap(service) ? service.get('volumes') : undefined;
    if (isMap(service) && isSeq(volumes)) {
      convertService({ name: String(key), document, service, volumes, input, configs, notes });
    }
  }
  if (notes.length === 0) return { text: input.text, configs: [], notes };
  const written = document.toString({ lineWidth: 0, indent: indentOf(input.text) });
  return { text: asItWas(written, input.text), configs: [...configs.keys()], notes };
}

const indentOf = (text: string): number => /^( +)\S/m.exec(text)?.[1]?.length ?? 2;

/** Lines that say what a line before said keep its blanks: what was not converted stays as a person wrote it. */
function asItWas(written: string, before: string): string {
  const key = (line: string) => `${/^ */.exec(line)?.[0].length} ${line.replaceAll(/\s/g, '')}`;
  const lines = new Map(before.split('\n').map((line) => [key(line), line]));
  return written
    .split('\n')
    .map((line) => lines.get(key(line)) ?? line)
    .join('\n');
}

interface Conversion {
  readonly name: string;
  readonly document: Document;
  readonly service: YAMLMap;
  readonly volumes: YAMLSeq;
  readonly input: BindsInput;
  /** Keys under `configs:` by path. */
  readonly configs: Map<string, string>;
  readonly notes: string[];
}

function convertService(conversion: Conversion): void {
  const { name, document, service, volumes, input, configs, notes } = conversion;
  const kept = volumes.items.filter((item) => {
    const bind = bindOf(item);
    if (!bind) return true;
    const path = posix.normalize(bind.source);
    if (path.startsWith('..') || !input.isConfig(path)) {
      const absolute = posix.join(input.folder, path);
      bind.replace(absolute);
      notes.push(`${name}: ${bind.source} is data of this host: mounted as ${absolute}`);
      return true;
    }
    const key = configs.get(path) ?? freeKey(posix.basename(path), configs);
    configs.set(path, key);
    document.setIn(['configs', key], document.createNode({ file: `./${path}` }, { flow: true }));
    const access = input.accessOf(path);
    const entry = document.createNode({ source: key, target: bind.target, ...ownership(access) }, { flow: true });
    if (service.has('configs')) service.addIn(['configs'], entry);
    else service.set('configs', document.createNode([entry]));
    const said = [`the config file ${key} at ${bind.target}${accessNote(access)}`, ...(bind.readOnly ? [] : [wasWritable])];
    notes.push(`${name}: ${bind.source} is configuration: ${said.join('; ')}`);
    return false;
  });
  volumes.items = kept;
  if (kept.length === 0) service.delete('volumes');
}

const wasWritable = 'it was mounted writable: what the container writes into it now stays in the container, and counts as drift';

/** The keys of a config's entry that say what the file allowed; Compose has them as text. */
function ownership(access: FileAccess | 'various' | undefined): Readonly<Record<string, string>> {
  if (access === undefined || access === 'various') return {};
  const owner = access.uid === 0 && access.gid === 0 ? {} : { uid: String(access.uid), gid: String(access.gid) };
  return { ...owner, mode: octal(access.mode) };
}

function accessNote(access: FileAccess | 'various' | undefined): string {
  if (access === undefined) return '';
  if (access === 'various') return ', readable by everybody, which not all of its files were: say mode, uid and gid in its entry';
  return `, with the mode ${octal(access.mode)} and the owner ${access.uid}:${access.gid} that it has here`;
}

const octal = (mode: number): string => `0${(mode & 0o777).toString(8).padStart(3, '0')}`;

function freeKey(name: string, taken: ReadonlyMap<string, string>): string {
  const used = new Set(taken.values());
  for (let number = 1; ; number++) {
    const key = number === 1 ? name : `${name}-${number}`;
    if (!used.has(key)) return key;
  }
}

interface Bind {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  replace(source: string): void;
}

/** A mount of a path relative to the file; undefined for every other, and where a variable says what it is. */
function bindOf(item: unknown): Bind | undefined {
  if (isScalar(item) && typeof item.value === 'string') {
    const [source = '', target, ...mode] = item.value.split(':');
    if (target === undefined || !isRelative(source)) return undefined;
    return {
      source,
      target,
      readOnly: mode.some((options) => options.split(',').includes('ro')),
      replace: (path) => {
        item.value = [path, target, ...mode].join(':');
      },
    };
  }
  if (!isMap(item)) return undefined;
  const [source, target] = [item.get('source'), item.get('target')];
  if (item.get('type') !== 'bind' || typeof source !== 'string' || typeof target !== 'string' || !isRelative(source)) return undefined;
  return { source, target, readOnly: item.get('read_only') === true, replace: (path) => item.set('source', path) };
}

const isRelative = (source: string): boolean => /^\.{1,2}(\/|$)/.test(source) && !source.includes('$');
