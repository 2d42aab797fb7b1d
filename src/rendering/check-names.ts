import type { ConfigFile, Issue, Place, Variable } from '../model/application.ts';
import type { HostDeclaration } from '../model/root.ts';
import { readsFormula } from './formula.ts';
import { findName, type IsOpen, type Known, type KnownFrame } from './known-names.ts';
import { standIns } from './stand-ins.ts';
import { unprintable } from './template.ts';
import { parseTemplate, placeAt, startOf, type Token } from './template-syntax.ts';
import { buildView, type ViewInput } from './view.ts';
import { isViewObject, type ViewObject, type ViewValue, viewObject } from './view-object.ts';

export interface CheckInput extends ViewInput {
  /** Names of the view below which not everything could be read, for other mistakes: there may be anything. */
  readonly unread: readonly string[];
}

export interface CheckedNames {
  /** Mistakes that a rendering of the service's files would meet. */
  readonly issues: readonly Issue[];
  /** Mistakes of every formula that the service has, also of those that none of its files read. */
  readonly formulas: readonly Issue[];
}

/** Names in a service's templates and formulas that no view of any of its containers could have. */
export function checkNames(input: CheckInput): CheckedNames {
  const view = withHostVariables(buildView(standIns(input)).root, input.hostDeclarations);
  const root: KnownFrame = { known: { values: [view] }, path: [], outer: undefined };
  const isOpen = openPlaces(input);
  const read = new Set<string>();
  const noting: IsOpen = (path, known) => {
    read.add(path[0] ?? '');
    return isOpen(path, known);
  };
  const ofTemplates = input.service.configs.filter(({ template }) => template).flatMap((config) => checkTemplate(config, root, noting));
  const { variables } = input.service;
  // A set that grows while it is gone through: a formula may read another one.
  const ofRead: Issue[] = [];
  for (const name of read) {
    const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (variable?.kind !== 'formula') continue;
    ofRead.push(...checkFormula(variable, root, isOpen));
    for (const [first = ''] of readsFormula(variable.cel)) read.add(first);
  }
  const formulas = Object.values(variables).flatMap((variable) => checkFormula(variable, root, isOpen));
  return { issues: [...ofTemplates, ...ofRead], formulas };
}

/** A variable of any host may be read: which host it will be is not known. */
function withHostVariables(root: ViewObject, hosts: readonly HostDeclaration[]): ViewObject {
  const others = hosts.flatMap(({ variables }) => Object.keys(variables)).filter((name) => !Object.hasOwn(root, name));
  const entries = Object.keys(root).map((name) => [name, () => root[name] ?? null] as const);
  return viewObject([...entries, ...others.map((name) => [name, null] as const)]);
}

/** Labels of hosts are their agents' to say, endpoints are what can be reached from somewhere, another service's formula is its own. */
function openPlaces({ unread, service, hostDeclarations }: CheckInput): IsOpen {
  const ofHosts = new Set(hostDeclarations.flatMap(({ variables }) => Object.keys(variables)));
  const isComputed = (name: string) => ofHosts.has(name) || service.variables[name]?.kind === 'formula';
  return (path, { values }) => {
    const [first = ''] = path;
    const last = path.at(-1) ?? '';
    if (path.length === 1 && unread.includes(first)) return true;
    if ((path.length === 1 && isComputed(first)) || path.at(-2) === 'variables') return !values.every(isMembers);
    return last === 'endpoints' || (last === 'labels' && path.length > 1 && first !== 'container');
  };
}

/** What a formula gives may differ from what it gives with stand-ins, but for the containers of a service. */
const isMembers = (value: ViewValue): boolean =>
  Array.isArray(value) && value.length > 0 && value.every((each) => isViewObject(each) && Object.hasOwn(each, 'endpoints'));

interface Check {
  readonly start: Place;
  readonly text: string;
  readonly isOpen: IsOpen;
}

function checkTemplate(config: ConfigFile, root: KnownFrame, isOpen: IsOpen): readonly Issue[] {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(config.bytes);
  const start = startOf(config);
  const parsed = parseTemplate(start, text);
  // Mistakes of syntax are said elsewhere.
  return 'issues' in parsed ? [] : checkTokens({ start, text, isOpen }, parsed.tokens, root);
}

const checkTokens = (check: Check, tokens: readonly Token[], frame: KnownFrame): readonly Issue[] =>
  tokens.flatMap((token) => checkToken(check, token, frame));

function checkToken(check: Check, token: Token, frame: KnownFrame): readonly Issue[] {
  if (token.type === 'text' || token.type === '!' || token.type === '=' || token.name === '.') return [];
  const issue = (message: string): Issue => ({ ...placeAt(check.start, check.text, token.start), message });
  const found = findName(frame, token.name.split('.'), check.isOpen);
  if ('problem' in found) return [issue(found.problem)];
  if (token.type === '^') return checkTokens(check, token.children, frame);
  const { known, path } = found;
  if (token.type === '#') return checkTokens(check, token.children, inside(frame, known, path));
  if (known === 'open') return [];
  const [value] = known.values;
  const isPrintable = value === undefined || known.values.some((each) => typeof each !== 'object');
  return isPrintable ? [] : [issue(unprintable(token.name, value))];
}

/** The frame that a section opens: the elements of a list, a map, or for a single value none of its own. */
function inside(frame: KnownFrame, known: Known, path: readonly string[]): KnownFrame {
  if (known === 'open') return { known, path: [], outer: frame };
  const elements = known.values.flatMap((value) => (Array.isArray(value) ? value : [value]));
  // A list without elements here may have any elsewhere.
  if (elements.length === 0) return { known: 'open', path: [], outer: frame };
  return elements.some(isViewObject) ? { known: { values: elements }, path, outer: frame } : frame;
}

function checkFormula(variable: Variable, root: KnownFrame, isOpen: IsOpen): readonly Issue[] {
  if (variable.kind !== 'formula') return [];
  // What a formula asks for first it may do without.
  const isGuarded = /\bin\b|\bhas\s*\(/.test(variable.cel);
  return readsFormula(variable.cel).flatMap((parts) => {
    const found = findName(root, isGuarded ? parts.slice(0, 1) : parts, isOpen);
    return 'problem' in found ? [{ ...variable.place, message: `formula: ${found.problem}` }] : [];
  });
}
