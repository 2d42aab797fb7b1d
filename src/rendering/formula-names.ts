import type { ASTNode } from '@marcbachmann/cel-js';

/** Methods whose first argument names the element in their other arguments. */
const macros = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const none: ReadonlySet<string> = new Set();

type Name = readonly string[];

/** The names that a formula mentions as dotted parts: `env.PORT`, `services.web.containers`; those that it binds itself left out. */
export function namesIn(node: ASTNode, bound = none): readonly Name[] {
  const inside = (nodes: readonly ASTNode[], names = bound) => nodes.flatMap((inner) => namesIn(inner, names));
  const whole = chainOf(node, bound);
  if (whole !== undefined) return [whole];
  switch (node.op) {
    case 'value':
    case 'id':
      return [];
    case '.':
    case '.?':
      return namesIn(node.args[0], bound);
    case 'call':
      return node.args[0] === 'has' ? inside(node.args[1]).map((name) => name.slice(0, 1)) : inside(node.args[1]);
    case 'rcall': {
      const [method, receiver, args] = node.args;
      const [first, ...rest] = args;
      const isBind = method === 'bind' && receiver.op === 'id' && receiver.args === 'cel';
      if (first?.op !== 'id' || !(isBind || macros.has(method))) return inside([receiver, ...args]);
      return [...(isBind ? [] : namesIn(receiver, bound)), ...inside(rest, new Set([...bound, first.args]))];
    }
    case 'map':
      return inside(node.args.flat());
    case '!_':
    case '-_':
      return namesIn(node.args, bound);
    default:
      return inside(node.args);
  }
}

/** `a.b["c"]` as its parts; undefined for anything that is no such chain from a name outside. */
function chainOf(node: ASTNode, bound: ReadonlySet<string>): Name | undefined {
  if (node.op === 'id') return bound.has(node.args) ? undefined : [node.args];
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [receiver, key] = node.args;
  const before = chainOf(receiver, bound);
  if (before === undefined || typeof key === 'string') return before && [...before, String(key)];
  return key.op === 'value' && typeof key.args === 'string' ? [...before, key.args] : undefined;
}
