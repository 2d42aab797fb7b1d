import { createHash } from 'node:crypto';
import type { ConfigFile, Issue, Service, Variable } from '../model/application.ts';
import { compileFormula } from './formula.ts';
import { standIns } from './stand-ins.ts';
import { largestFile, renderTemplate } from './template.ts';
import { compileTemplate } from './template-syntax.ts';
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
  /** What of the view its bytes depend on, as sorted dotted paths down to a list or a value: `env.PORT`, `services.web.containers`. */
  readonly reads: readonly string[];
}

/** What a container's config files are rendered from. */
export interface RenderInput extends ViewInput {
  /** Fixed stand-ins for everything that is discovered, so that only a change of configuration changes the bytes. */
  readonly canonical?: boolean;
}

/** The files that could be rendered, every mistake of the others, and the secrets that were read, for masking. */
export interface RenderedService {
  readonly files: readonly RenderedFile[];
  readonly issues: readonly Issue[];
  readonly secrets: readonly string[];
}

/** Renders all config files of one container. */
export function renderService(input: RenderInput): RenderedService {
  const view = input.canonical === true ? standIns(input) : input;
  const results = input.service.configs.map((config) => renderFile(config, view));
  const issues = results.flatMap((result) => result.issues);
  return {
    files: results.flatMap(({ file }) => (file === undefined ? [] : [file])),
    issues: [...new Map(issues.map((issue) => [JSON.stringify(issue), issue])).values()],
    secrets: [...new Set(results.flatMap((result) => result.secrets))].sort(byText),
  };
}

/**
 * `sha256:…` over the files of a container as configuration alone determines them: equal while only members or hosts change.
 * Where they cannot be rendered with stand-ins, it is over the templates and variables instead.
 */
export function configIdentity(input: ViewInput): string {
  const { files, issues } = renderService({ ...input, canonical: true });
  const content = issues.length === 0 ? files.map((file) => [...placing(file), file.hash]) : rawContent(input);
  return hashOf(JSON.stringify(content));
}

/** The mistakes in a service's templates and formulas that show without a view. */
export function compileService(service: Service): readonly Issue[] {
  const templates = service.configs.filter(({ template }) => template);
  const variables = Object.values(service.variables);
  return [
    ...templates.flatMap(({ file, bytes }) => compileTemplate(file, textOf(bytes) ?? '')),
    ...variables.flatMap((variable) => (variable.kind === 'formula' ? compileFormula(variable.cel, variable.place) : [])),
  ];
}

interface Result {
  readonly file: RenderedFile | undefined;
  readonly issues: readonly Issue[];
  readonly secrets: readonly string[];
}

/** Each file has a view of its own, so that `reads` is its own too. */
function renderFile(config: ConfigFile, input: ViewInput): Result {
  const refused = (message: string): Result => ({
    file: undefined,
    issues: [{ file: config.file, line: 1, column: 1, message }],
    secrets: [],
  });
  if (config.secret !== undefined) return secretFile(config, config.secret, input);
  if (config.bytes.length > largestFile) return refused(`the file is larger than ${largestFile} bytes`);
  const known = config.confidential === true ? [(textOf(config.bytes) ?? '').trim()] : [];
  if (!config.template) return { file: finished(config, config.bytes, []), issues: [], secrets: known };
  const text = textOf(config.bytes);
  if (text === undefined) return refused('a template must be UTF-8 text; a file without template_driver is taken as it is');
  const { root, reading } = buildView(input);
  const rendered = renderTemplate(config.file, text, root, reading);
  const file = rendered.issues.length === 0 ? finished(config, new TextEncoder().encode(rendered.text), reading.paths()) : undefined;
  return { file, issues: rendered.issues, secrets: reading.secrets() };
}

/** A secret of WINDLASS_SECRETS_DIR as a file of its own. */
function secretFile(config: ConfigFile, name: string, { secrets, service }: ViewInput): Result {
  const text = Object.hasOwn(secrets, name) ? secrets[name]?.reveal() : undefined;
  if (text !== undefined) return { file: finished(config, new TextEncoder().encode(text), []), issues: [], secrets: [text] };
  const message = `secret "${name}" is missing: put it into the file ${name} in WINDLASS_SECRETS_DIR`;
  return { file: undefined, issues: [{ ...service.place, message }], secrets: [] };
}

function finished(config: ConfigFile, bytes: Uint8Array, reads: readonly string[]): RenderedFile {
  const { source, target, mode, uid, gid } = config;
  return { source, target, mode, uid, gid, bytes, hash: hashOf(bytes), reads };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

const hashOf = (content: string | Uint8Array): string => `sha256:${createHash('sha256').update(content).digest('hex')}`;

const placing = ({ target, mode, uid, gid }: ConfigFile | RenderedFile) => [target, mode, uid, gid];

function rawContent({ service, container, hostDeclarations, secrets }: ViewInput): unknown {
  const declaration = hostDeclarations.find(({ name }) => name === container.host);
  const variables = Object.entries({ ...service.variables, ...declaration?.variables }).sort(([a], [b]) => byText(a, b));
  const content = (variable: Variable) => {
    if (variable.kind === 'constant') return ordered(variable.value);
    return variable.kind === 'formula'
      ? variable.cel
      : hashOf(Object.hasOwn(secrets, variable.name) ? (secrets[variable.name]?.reveal() ?? '') : '');
  };
  const bytesOf = ({ secret, bytes }: ConfigFile) =>
    secret !== undefined && Object.hasOwn(secrets, secret) ? (secrets[secret]?.reveal() ?? '') : bytes;
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
