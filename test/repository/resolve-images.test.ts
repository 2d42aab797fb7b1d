import test from 'ava';
import fc from 'fast-check';
import type { ImageDeclaration, Tree } from '../../src/model/image.ts';
import { dockerfileReferences } from '../../src/repository/dockerfile-references.ts';
import { formatIssue } from '../../src/repository/issues.ts';
import { resolveImages } from '../../src/repository/resolve-images.ts';
import { treeOf } from './trees.ts';

function image(name: string, more: Partial<ImageDeclaration> = {}): ImageDeclaration {
  const place = { file: 'windlass.yaml', line: 3, column: 5 };
  const common = {
    tag: 'latest',
    source: 'config',
    context: name,
    dockerfile: 'Dockerfile',
    args: {},
    target: undefined,
    network: undefined,
  };
  return { name, ...common, place, ...more };
}

const resolve = (declarations: readonly ImageDeclaration[], files: Record<string, string>, more: Record<string, Tree> = {}) =>
  resolveImages({ declarations, trees: { config: treeOf(files), ...more } });

test('a chain is found in FROM, COPY --from and RUN --mount, and pinned', (t) => {
  const web = `# syntax=docker/dockerfile:1
ARG BASE=base
FROM --platform=linux/amd64 docker.io/\${BASE}:latest AS build
FROM debian
COPY --from=build /a /a
COPY --from=0 /b /b
COPY --from=tools:v1 /c /c
RUN --mount=type=cache,target=/x --mount=type=bind,from=base,source=/,target=/m true
CMD ["FROM base"]
`;
  const { images, issues } = resolve([image('web'), image('tools', { tag: 'v1' }), image('base')], {
    'web/Dockerfile': web,
    'tools/Dockerfile': 'FROM base\n',
    'base/Dockerfile': 'FROM scratch\n',
  });
  t.deepEqual(issues, []);
  t.deepEqual(
    images.map(({ name, parents }) => [name, parents]),
    [
      ['base', []],
      ['tools', ['base:latest']],
      ['web', ['base:latest', 'tools:v1']],
    ],
  );
  const [base, tools, built] = images.map((one) => `${one.name}:windlass-${one.inputs.slice(0, 16)}`);
  t.is(
    images[2]?.rewrittenDockerfile,
    web.replace('docker.io/${BASE}:latest', `${base}`).replace('tools:v1', `${tools}`).replace('from=base', `from=${base}`),
  );
  t.is(images[0]?.rewrittenDockerfile, 'FROM scratch\n');
  t.truthy(built);
});

/** The inputs of `top`, built on `base`, with something changed. */
function inputsOf(change: {
  files?: Record<string, string>;
  top?: Partial<ImageDeclaration>;
  modes?: Record<string, string>;
}): string | undefined {
  const files = {
    'base/Dockerfile': 'FROM scratch',
    'base/a': '1',
    'top/Dockerfile': 'FROM base',
    'top/a': '1',
    'top/b': '2',
    ...change.files,
  };
  const trees = { config: treeOf(files, change.modes) };
  return resolveImages({ declarations: [image('top', change.top), image('base')], trees }).images.find(({ name }) => name === 'top')
    ?.inputs;
}

test('inputs change with all that decides the image, and with nothing else', (t) => {
  const before = inputsOf({});
  t.regex(before ?? '', /^[0-9a-f]{64}$/);
  t.is(inputsOf({ files: { 'README.md': 'x', 'top2/a': 'y' } }), before, 'files outside of the context');
  t.is(
    inputsOf({ files: { 'top/.dockerignore': 'c\n', 'top/c': 'x' } }),
    inputsOf({ files: { 'top/.dockerignore': 'c\n', 'top/c': 'y' } }),
  );
  t.is(inputsOf({ top: { place: { file: 'x', line: 9, column: 9 } } }), before, 'the place of the declaration');
  const changes = {
    content: inputsOf({ files: { 'top/a': 'x' } }),
    name: inputsOf({ files: { 'top/c': '' } }),
    mode: inputsOf({ modes: { 'top/a': '100755' } }),
    dockerfile: inputsOf({ files: { 'top/Dockerfile': 'FROM base\n' } }),
    parent: inputsOf({ files: { 'base/a': 'x' } }),
    args: inputsOf({ top: { args: { A: '1' } } }),
    otherArgs: inputsOf({ top: { args: { A: '2' } } }),
    target: inputsOf({ files: { 'top/Dockerfile': 'FROM base AS t' }, top: { target: 't' } }),
    network: inputsOf({ top: { network: 'host' } }),
  };
  const all = [before, ...Object.values(changes)];
  t.false(all.includes(undefined));
  t.is(new Set(all).size, all.length, JSON.stringify(changes));
});

const refersTo = (
  title: string,
  dockerfile: string,
  expected: readonly string[] | undefined,
  args: Record<string, string> = {},
  target?: string,
) =>
  test(title, (t) => {
    t.deepEqual(
      dockerfileReferences(dockerfile, args, target)?.map(({ image }) => image),
      expected,
    );
  });

refersTo('a stage is no image, whatever its name', 'FROM a AS base\nFROM base\nCOPY --from=base x y', ['a']);
refersTo('a stage named after the image it is from', 'FROM base AS base\nRUN true', ['base']);
refersTo("a stage's name has no case", 'FROM a AS Build\nFROM b\nCOPY --from=build x y', ['b', 'a']);
refersTo('a later stage is not meant', 'FROM later\nFROM a AS later', ['a']);
refersTo('stages that are not needed count for nothing', 'FROM a AS x\nFROM b AS y\nFROM c', ['c']);
refersTo('of a target only what it needs', 'FROM a AS x\nFROM b AS y\nFROM c', ['b'], {}, 'y');
refersTo('an unknown target', 'FROM a', undefined, {}, 'nope');
refersTo('no FROM', '# nothing\n', undefined);
refersTo('arguments before their defaults', 'ARG V=1\nARG I=a:${V}\nFROM ${I}\n', ['a:2'], { V: '2' });
refersTo('a default of the reference itself', 'FROM ${I:-a}\n', ['a']);
refersTo('quoted defaults', 'ARG I="a:1"\nFROM $I\n', ['a:1']);
refersTo('an argument without a value is nobody’s image', 'ARG I\nFROM $I\n', []);
refersTo('continued lines and comments', 'FROM \\\n  a:1 \\\n  AS x\n# FROM b\nRUN echo \\\n  FROM c\n', ['a:1']);
refersTo('a FROM within a here-document', 'FROM a\nRUN <<EOF\nFROM b\nEOF\n', ['a']);
refersTo('CRLF', 'FROM a AS x\r\nFROM b\r\nCOPY --from=x c d\r\n', ['b', 'a']);

test('what is named is what stands at its offsets', (t) => {
  const text = 'ARG X\r\nFROM  a:1   AS one\r\nRUN --mount=from=b,target=/ true\r\nCOPY --chown=1 --from=c / /\r\n';
  t.deepEqual(
    dockerfileReferences(text, {}, undefined)?.map(({ start, end }) => text.slice(start, end)),
    ['a:1', 'b', 'c'],
  );
});

const refuses = (title: string, declarations: readonly ImageDeclaration[], files: Record<string, string>, ...expected: readonly string[]) =>
  test(title, (t) => {
    const { issues, images } = resolve(declarations, files);
    t.deepEqual(
      issues.map(formatIssue),
      expected.map((issue) => `windlass.yaml:3:5: image ${issue}`),
    );
    t.deepEqual(images, []);
  });

refuses(
  'a ring',
  [image('a'), image('b'), image('c')],
  { 'a/Dockerfile': 'FROM b', 'b/Dockerfile': 'FROM a', 'c/Dockerfile': 'FROM a' },
  'a:latest is built on itself: a:latest → b:latest → a:latest',
  'b:latest is built on itself: b:latest → a:latest → b:latest',
);
refuses(
  'a context that is not there',
  [image('a')],
  { 'b/Dockerfile': 'FROM x' },
  'a:latest needs a/Dockerfile, which is not in the repository',
);
refuses(
  'a Dockerfile elsewhere, and no context',
  [image('a', { dockerfile: '../b/Dockerfile' })],
  { 'b/Dockerfile': 'FROM x' },
  'a:latest needs the folder a, which is not in the repository',
);
refuses(
  'a source that is not there',
  [image('a', { source: 'shop' })],
  {},
  'a:latest is built from the source shop, of which nothing is here: it is not under sources:, has no such branch, or is still to be fetched',
);
refuses(
  'a stage that is not there',
  [image('a', { target: 'x' })],
  { 'a/Dockerfile': 'FROM b' },
  'a:latest needs x, which is not in a/Dockerfile',
);
refuses('a Dockerfile without FROM', [image('a')], { 'a/Dockerfile': 'RUN true' }, 'a:latest needs a FROM, which is not in a/Dockerfile');

test('one image, declared differently in two places', (t) => {
  const { issues } = resolve([image('a'), image('a', { context: 'b' })], { 'a/Dockerfile': 'FROM x', 'b/Dockerfile': 'FROM x' });
  t.deepEqual(issues.map(formatIssue), ['windlass.yaml:3:5: image a:latest is declared differently in another place']);
});

test('images of sources, and files that are still to be read', (t) => {
  const shop = treeOf({ Dockerfile: 'FROM base', 'src/a': '', '.dockerignore': 'src' });
  const config = treeOf({ 'base/Dockerfile': 'FROM x' });
  const declarations = [image('web', { source: 'shop', context: '' }), image('base')];
  const unread = resolveImages({ declarations, trees: { config, shop: { ...shop, files: new Map() } } });
  t.deepEqual(unread.images, []);
  t.deepEqual(unread.needs, [
    { source: 'shop', path: 'Dockerfile' },
    { source: 'shop', path: '.dockerignore' },
  ]);
  const read = resolveImages({ declarations, trees: { config, shop: { ...shop, commit: 'f'.repeat(40) } } });
  t.deepEqual(
    read.images.map(({ name, commit, parents }) => [name, commit[0], parents]),
    [
      ['base', '0', []],
      ['web', 'f', ['base:latest']],
    ],
  );
});

test('any text as a Dockerfile is read, never thrown at', (t) => {
  const fragment = fc.constantFrom(
    'FROM ',
    'COPY ',
    'RUN ',
    'ARG ',
    '--from=',
    '--mount=',
    'from=',
    'a',
    'AS ',
    '$',
    '${',
    '}',
    '\\\n',
    '\n',
    '"',
    "'",
    '<<EOF',
    '=',
    ',',
    ':',
    '@',
    '#',
    ' ',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.array(fragment, { maxLength: 25 }).map((parts) => parts.join('')),
        fc.string(),
      ),
      (text) => {
        const { needs } = resolve([image('a')], { 'a/Dockerfile': text });
        return needs.length === 0;
      },
    ),
    { numRuns: 500 },
  );
  t.pass();
});
