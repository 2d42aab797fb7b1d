import { createHash } from 'node:crypto';
import type { ConfigFile, Issue, Service, Variable } from '../model/application.ts';
import { type LineMap, startingAt } from '../model/line-map.ts';
import { compileFormula } from './formula.ts';
import { createKept, type Kept } from './kept.ts';
import { standIns } from './stand-ins.ts';
import { noting, type Question, type Surroundings } from './surroundings.ts';
import { largestFile, renderTemplate } from './template.ts';
import { compileTemplate, startOf } from './template-syntax.ts';
import { buildView, type ViewInput } from './view.ts';
import { byText } from './view-object.ts';

/** One config file of one container. */
export interface RenderedFile {
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly bytes: Uint8Array;
  /** `sha256:` and 64 hex digits. */
  readonly hash: string;
  /** Its template, or itself, in the repository; undefined where its lines are not a file's there. */
  readonly origin: string | undefined;
  /** The map from its lines to the origin's (model/line-map.ts) as JSON; undefined where they are the same. */
  readonly lines: Content | undefined;
  /** What of the view its bytes depend on, as sorted dotted paths down to a list or a value: `env.PORT`, `services.web.containers`. */
  readonly reads: readonly string[];
  /** The lists of containers that were read. */
  readonly lists: readonly ReadList[];
}

/** A list of containers as a rendering found it. */
export interface ReadList {
  /** `services.web.containers`, or `apps.shop.services.web.containers` of another application. */
  readonly name: string;
  readonly length: number;
  /** How long it may be as declared, strangers included. */
  readonly most: number;
}

/** Bytes, and their hash: `sha256:` and 64 hex digits. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly hash: string;
}

/** What a container's config files are rendered from. */
export interface RenderInput extends ViewInput {
  /** Fixed stand-ins for everything that is discovered, so that only a change of configuration changes the bytes. */
  readonly canonical?: boolean;
  /** What was rendered of the same revision before; nothing where it is left out. */
  readonly kept?: KeptRenderings;
}

/** Renderings of one revision: of each file, and the identity of each container's files. */
export interface KeptRenderings {
  readonly files: Kept<RenderedAlone>;
  readonly identities: Kept<string>;
}

/** The files that could be rendered, every mistake of the others, and the secrets that were read, for masking. */
export interface RenderedService {
  readonly files: readonly RenderedFile[];
  readonly issues: readonly Issue[];
  readonly secrets: readonly string[];
  /** Targets of the files that were rendered now: all others read nothing that is different from before. */
  readonly anew: readonly string[];
}

/** Bytes of renderings that are kept of one revision. */
const mostKept = 16 * 1024 * 1024;

export const createKeptRenderings = (): KeptRenderings => ({
  files: createKept(mostKept, ({ file }) => 1024 + (file?.bytes.length ?? 0) + (file?.lines?.bytes.length ?? 0)),
  identities: createKept(mostKept, () => 1024),
});

/** Renders all config files of one container. */
export function renderService(input: RenderInput): RenderedService {
  const view = input.canonical === true ? standIns(input) : input;
  const anew: string[] = [];
  const results = input.service.configs.map((config) => {
    const render = (surroundings: Surroundings) => {
      anew.push(config.target);
      return renderFile(config, { ...view, surroundings });
    };
    const { kept } = input;
    return kept === undefined || input.canonical === true
      ? render(view.surroundings)
      : kept.files.get(keyOf(input, config.target), view.surroundings, render);
  });
  const issues = results.flatMap((result) => result.issues);
  return {
    files: results.flatMap(({ file }) => (file === undefined ? [] : [file])),
    issues: [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()],
    secrets: [...new Set(results.flatMap((result) => result.secrets))].sort(byText),
    anew,
  };
}

/**
 * `sha256:…` over the files of a container as configuration alone determines them: equal while only members or hosts change.
 * Where they cannot be rendered with stand-ins, it is over the templates and variables instead.
 */
export function configIdentity({ kept, ...input }: RenderInput): string {
  const identify = (surroundings: Surroundings): string => {
    const known = { ...input, surroundings };
    const { files, issues } = renderService({ ...known, canonical: true });
    const content = issues.length === 0 ? files.map((file) => [...placing(file), file.hash]) : rawContent(known);
    return hashOf(JSON.stringify(content));
  };
  return kept === undefined ? identify(input.surroundings) : kept.identities.get(keyOf(input), input.surroundings, identify);
}

/** What of a container's view is neither the revision's nor its surroundings': which container it is, and where. */
const keyOf = ({ application, service, container }: ViewInput, target = ''): string =>
  JSON.stringify([application.name, service.name, container.name, container.host, target]);

/** The mistakes in a service's templates and formulas that show without a view. */
export function compileService(service: Service): readonly Issue[] {
  const templates = service.configs.filter(({ template }) => template);
  const variables = Object.values(service.variables);
  return [
    ...templates.flatMap((config) => compileTemplate(startOf(config), textOf(config.bytes) ?? '')),
    ...variables.flatMap((variable) => (variable.kind === 'formula' ? compileFormula(variable.cel, variable.place) : [])),
  ];
}

/** One file, or why there is none. */
interface RenderedAlone {
  readonly file: RenderedFile | undefined;
  readonly issues: readonly Issue[];
  readonly secrets: readonly string[];
}

/** Each file has a view of its own, so that `reads` is its own too. */
function renderFile(config: ConfigFile, input: ViewInput): RenderedAlone {
  const refused = (message: string): RenderedAlone => ({
    file: undefined,
    issues: [{ file: config.file, line: 1, column: 1, message }],
    secrets: [],
  });
  if (config.secret !== undefined) return secretFile(config, config.secret, input);
  if (config.bytes.length > largestFile) return refused(`the file is larger than ${largestFile} bytes`);
  const known = config.confidential === true ? [(textOf(config.bytes) ?? '').trim()] : [];
  if (!config.template) return { file: finished(config, config.bytes), issues: [], secrets: known };
  const text = textOf(config.bytes);
  if (text === undefined) return refused('a template must be UTF-8 text; a file without template_driver is taken as it is');
  const lists = new Map<string, ReadList>();
  const surroundings = noting(input.surroundings, (question) => {
    const list = question.kind === 'containers' ? readList(question, input) : undefined;
    if (list) lists.set(list.name, list);
  });
  const { root, reading } = buildView({ ...input, surroundings });
  const rendered = renderTemplate(startOf(config), text, root, reading);
  const read = { reads: reading.paths(), lists: [...lists.values()] };
  const bytes = new TextEncoder().encode(rendered.text);
  const file = rendered.issues.length === 0 ? finished(config, bytes, read, rendered.lines) : undefined;
  return { file, issues: rendered.issues, secrets: reading.secrets() };
}

function readList(question: Extract<Question, { kind: 'containers' }>, { application, surroundings }: ViewInput): ReadList {
  const { app, service, replicas } = question;
  const found = surroundings.ask(question);
  return {
    name: `${app === application.name ? '' : `apps.${app}.`}services.${service}.containers`,
    length: found.length,
    most: replicas === 'all' ? Number.POSITIVE_INFINITY : replicas + found.filter(({ stranger }) => stranger).length,
  };
}

/** A secret of WINDLASS_SECRETS_DIR as a file of its own. */
function secretFile(config: ConfigFile, name: string, { surroundings, service }: ViewInput): RenderedAlone {
  const text = surroundings.ask({ kind: 'secret', name });
  if (text !== undefined) return { file: finished(config, new TextEncoder().encode(text)), issues: [], secrets: [text] };
  const message = `secret "${name}" is missing: put it into the file ${name} in WINDLASS_SECRETS_DIR`;
  return { file: undefined, issues: [{ ...service.place, message }], secrets: [] };
}

const nothingRead: Pick<RenderedFile, 'reads' | 'lists'> = { reads: [], lists: [] };

function finished(config: ConfigFile, bytes: Uint8Array, read = nothingRead, map: LineMap = []): RenderedFile {
  const { source, target, mode, uid, gid, file, secret, folded, begins } = config;
  const origin = secret === undefined && folded !== true ? file : undefined;
  const fromFile = startingAt(map, begins?.line ?? 1);
  const lines = origin !== undefined && fromFile.length > 0 ? contentOf(new TextEncoder().encode(JSON.stringify(fromFile))) : undefined;
  return { source, target, mode, uid, gid, ...contentOf(bytes), origin, lines, ...read };
}

const contentOf = (bytes: Uint8Array): Content => ({ bytes, hash: hashOf(bytes) });

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const hashOf = (content: string | Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

const placing = ({ target, mode, uid, gid }: ConfigFile | RenderedFile) => [target, mode, uid, gid];

function rawContent({ service, container, hostDeclarations, surroundings }: ViewInput): unknown {
  const secretOf = (name: string): string => surroundings.ask({ kind: 'secret', name }) ?? '';
  const declaration = hostDeclarations.find(({ name }) => name === container.host);
  const variables = Object.entries({ ...service.variables, ...declaration?.variables }).sort(([a], [b]) => byText(a, b));
  const content = (variable: Variable) => {
    if (variable.kind === 'constant') return ordered(variable.value);
    return variable.kind === 'formula' ? variable.cel : hashOf(secretOf(variable.name));
  };
  const bytesOf = ({ secret, bytes }: ConfigFile) => (secret === undefined ? bytes : secretOf(secret));
  return [
    service.configs.map((config) => [...placing(config), config.template, hashOf(bytesOf(config))]),
    variables.map(([name, variable]) => [name, variable.kind, content(variable)]),
  ];
}

/** Plain data with its keys in order, for hashing. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => byText(a, b))
    .map(([key, inner]) => [key, ordered(inner)]);
}
