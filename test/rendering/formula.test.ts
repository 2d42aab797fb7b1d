import test from 'ava';
import { compileFormula, evaluate, readsFormula } from '../../src/rendering/formula.ts';
import { createScope } from '../../src/rendering/formula-scope.ts';
import { createReading } from '../../src/rendering/reading.ts';
import { isViewObject, viewOf } from '../../src/rendering/view-object.ts';
import { place } from './declarations.ts';

const view = viewOf({
  host: { memory: 8 * 1024 ** 3, cpus: 4, load: 2.5, constructor: 'x' },
  env: { BACKEND_SRV: 'web' },
  services: {
    web: {
      name: 'web',
      containers: [
        { ip: '10.0.0.1', index: 1 },
        { ip: '10.0.0.2', index: 2 },
      ],
    },
    constructor: { name: 'constructor', containers: [] },
  },
  empty: [],
  nothing: null,
});

function run(cel: string) {
  if (!isViewObject(view)) throw new Error('the view of these tests is a map');
  const reading = createReading('shop');
  return { reading, result: evaluate(cel, createScope(view, reading), place) };
}

const gives = (cel: string, expected: unknown, reads?: readonly string[]) =>
  test(`${cel} gives ${JSON.stringify(expected)}`, (t) => {
    const { result, reading } = run(cel);
    if ('issue' in result) return t.fail(result.issue.message);
    t.deepEqual(JSON.parse(JSON.stringify(result.value)), expected);
    if (reads !== undefined) t.deepEqual(reading.paths(), reads);
  });

const fails = (cel: string, ...parts: readonly string[]) =>
  test(`${cel} is an issue: ${parts[0]}`, (t) => {
    const { result } = run(cel);
    if (!('issue' in result)) return t.fail(JSON.stringify(result.value));
    t.like(result.issue, place);
    for (const part of parts) t.true(result.issue.message.includes(part), result.issue.message);
  });

gives('host.memory / 1048576 * 8', 65536, ['host.memory']);
gives(
  'services[env.BACKEND_SRV].containers',
  [
    { index: 1, ip: '10.0.0.1' },
    { index: 2, ip: '10.0.0.2' },
  ],
  ['env.BACKEND_SRV', 'services.web.containers'],
);
gives('services.web.containers.map(c, c.ip).join(",")', '10.0.0.1,10.0.0.2', ['services.web.containers']);
gives('services.web.containers.filter(c, c.index > 1)', [{ index: 2, ip: '10.0.0.2' }]);
gives('services.web.containers.exists(c, c.ip == "10.0.0.2")', true);
gives('services.web.containers.map(c, {"n": c.index, "to": c.ip})[0]', { n: 1, to: '10.0.0.1' });
gives('size(services.web.containers)', 2);
gives(
  'services.web',
  {
    name: 'web',
    containers: [
      { index: 1, ip: '10.0.0.1' },
      { index: 2, ip: '10.0.0.2' },
    ],
  },
  ['services.web'],
);
gives('services.map(name, name)', ['web'], ['services']);
gives('has(services.api)', false);
gives('services.?api.orValue("none")', 'none');
gives('host.load * 2.0', 5);
gives('int(double(host.memory) * 0.75 / 1048576.0)', 6144);
gives('7 / 2', 3);
gives('7.0 / 2.0', 3.5);
gives('min(host.memory / 1073741824, 4)', 4);
gives('max(host.load, 1.0)', 2.5);
gives('max(services.web.containers.map(c, c.index))', 2);
gives('[floor(2.7), ceil(2.2), round(2.5)]', [2, 3, 3]);
gives('[1, "a", true]', [1, 'a', true]);
gives('nothing', null);
gives('"BACKEND_SRV" in env', true);

fails('host.memory * 0.75', 'no such overload', 'write double(…) around the whole number');
fails('hots.memory', 'Unknown variable: hots', 'did you mean "host"?');
fails('host.memry', 'No such key: memry', 'did you mean "memory"?');
fails('services.web.containers[7].ip', 'index out of bounds');
fails('1 / 0', 'division by zero');
fails('1.0 / 0.0', 'Infinity');
fails('1 +', 'Unexpected token');
fails('min(empty)', 'not empty');
fails('max([1, 2.0])', 'not both');
fails('max(1, 2.0)', 'no matching overload');
fails('9007199254740993', '2^53');
fails('services.?web', '.orValue(');
fails('timestamp("2026-01-01T00:00:00Z")', 'a timestamp');
fails('b"x"', 'bytes');
fails('"x".matches("[")', 'Invalid regular expression');

for (const attack of [
  'constructor',
  'toString',
  'host.constructor',
  'host["constructor"]',
  'services.constructor.name',
  'host.hasOwnProperty',
  'env["__proto__"]',
]) {
  test(`${attack} reaches nothing that is inherited`, (t) => t.true('issue' in run(attack).result));
}
for (const attack of [
  'host.toString()',
  '"a".constructor',
  'services.web.containers.push',
  'services.web.containers.constructor',
  '__proto__',
]) {
  test(`${attack} calls nothing`, (t) => t.true('issue' in run(attack).result));
}

test('a secret that was read is masked in what CEL says', (t) => {
  if (!isViewObject(view)) return t.fail();
  const reading = createReading('shop');
  reading.reveal('hunter22(');
  const result = evaluate('"x".matches("hunter22(")', createScope(view, reading), place);
  if (!('issue' in result)) return t.fail();
  t.false(result.issue.message.includes('hunter22'));
});

test('a formula that is too deep is refused', (t) => {
  t.true('issue' in run(`${'('.repeat(500)}1${')'.repeat(500)}`).result);
});

test('a variable that has the name of a CEL type is not silently the type', (t) => {
  const root = viewOf({ list: [1] });
  if (!isViewObject(root)) return t.fail();
  const result = evaluate('list[0]', createScope(root, createReading('shop')), place);
  t.regex('issue' in result ? result.issue.message : '', /CEL's own word/);
});

const mentions = (cel: string, names: readonly string[]) =>
  test(`${cel} mentions ${names.join(', ') || 'nothing'}`, (t) =>
    t.deepEqual(
      readsFormula(cel).map((parts) => parts.join('.')),
      names,
    ));
mentions('services[env.BACKEND_SRV].containers', ['services', 'env.BACKEND_SRV']);
mentions('services["web"].containers[0].ip', ['services.web.containers']);
mentions('a + b * a', ['a', 'b']);
mentions('services.web.containers.map(c, c.ip + suffix)', ['services.web.containers', 'suffix']);
mentions('xs.all(x, ys.exists(y, x == y)) && x', ['xs', 'ys', 'x']);
mentions('cel.bind(t, total, t / count)', ['total', 'count']);
mentions('has(host.labels) ? [one, {"k": two}] : f(-three)', ['host', 'one', 'two', 'three']);
mentions('env.?A.orValue(int("1")) + string(type(env.B))', ['env', 'env.B']);
mentions('1 +', []);

test('compiling finds mistakes of syntax and nothing else', (t) => {
  t.deepEqual(compileFormula('unknown.name / 2', place), []);
  t.like(compileFormula('1 +', place)[0], place);
});
