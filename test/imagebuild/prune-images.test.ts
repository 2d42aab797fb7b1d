import test from 'ava';
import type { ImageSummary } from '../../src/docker/engine.ts';
import { superseded } from '../../src/imagebuild/prune-images.ts';

/** An image that windlass built; its inputs are its id's digit, repeated. */
function built(digit: string, created: number, tags: readonly string[] = [], image = 'web:latest'): ImageSummary {
  const inputs = digit.repeat(64);
  const name = image.split(':')[0];
  return {
    Id: `sha256:${digit}`,
    Created: created,
    RepoTags: [`${name}:windlass-${inputs.slice(0, 16)}`, ...tags],
    Labels: { 'windlass.inputs': inputs, 'windlass.image': image },
  } as unknown as ImageSummary;
}

const pinned = (digit: string, name = 'web') => `${name}:windlass-${digit.repeat(16)}`;

function removes(title: string, images: readonly ImageSummary[], expected: readonly string[], used: readonly string[] = [], keep = 1) {
  test(`Pruning ${title}`, (t) => t.deepEqual(superseded({ images, used: new Set(used), needed: new Set(), keep: () => keep }), expected));
}

const four = [built('1', 10), built('3', 30), built('2', 20), built('4', 40, ['web:latest'])];
removes('keeps the newest earlier builds beside the current one', four, [pinned('2'), pinned('1')]);
removes('keeps as many as it is told', four, [pinned('1')], [], 2);
removes('keeps what containers use', four, [pinned('1')], ['sha256:2']);
removes('may keep none', four, [pinned('3'), pinned('2'), pinned('1')], [], 0);
removes(
  'counts each tag of a matrix apart, and images by themselves',
  [built('1', 10, [], 'tomcat:8'), built('2', 20, [], 'tomcat:9'), built('3', 30, [], 'web:latest')],
  [],
);
removes(
  'never touches an image of somebody else',
  [
    { Id: 'sha256:5', Created: 1, RepoTags: ['postgres:16'], Labels: null } as unknown as ImageSummary,
    { ...built('6', 1), RepoTags: ['mine:windlass-6666666666666666', 'mine:1'] } as ImageSummary,
    { ...built('7', 1), RepoTags: ['derived:1'] } as ImageSummary,
  ],
  [],
  [],
  0,
);
removes(
  'gives up a build whose name another one took',
  [{ ...built('8', 1), RepoTags: ['web:former-888888888888'] } as ImageSummary],
  ['web:former-888888888888'],
  [],
  0,
);
removes(
  'gives up what has lost its last name, but not where somebody else made it',
  [
    { ...built('9', 1), RepoTags: null } as unknown as ImageSummary,
    { ...built('a', 1), RepoTags: ['<none>:<none>'] } as ImageSummary,
    { Id: 'sha256:b', Created: 1, RepoTags: null, Labels: null } as unknown as ImageSummary,
  ],
  ['sha256:9', 'sha256:a'],
);
test('Pruning keeps what the present and the previous deployment are made from, and as many of each image as is declared', (t) => {
  const needed = new Set([pinned('1')]);
  const keep = (image: string) => (image === 'web:latest' ? 1 : 0);
  t.deepEqual(superseded({ images: [...four, built('5', 50, [], 'page:latest')], used: new Set(), needed, keep }), [
    pinned('2'),
    pinned('5', 'page'),
  ]);
});

/** An image that a pull has left with the name that windlass gave it, and perhaps others. */
const pulled = (digit: string, tags: readonly string[]) =>
  ({ Id: `sha256:${digit.repeat(64)}`, Created: 1, RepoTags: tags, Labels: { maintainer: 'x' } }) as unknown as ImageSummary;
const left = (digit: string) => `redis:former-${digit.repeat(12)}`;
removes(
  'gives up what its pulls have left without a name, but nothing that somebody else has named so or otherwise',
  [pulled('1', [left('1')]), pulled('2', [left('2'), 'mine:1']), pulled('3', [left('4')]), pulled('5', [left('5')])],
  [left('1')],
  [`sha256:${'5'.repeat(64)}`],
);
test('Pruning keeps what a deployment that may be gone back to was made from, also where it was pulled', (t) => {
  const needed = new Set([`sha256:${'1'.repeat(64)}`]);
  const images = [pulled('1', [left('1')]), pulled('2', [left('2')])];
  t.deepEqual(superseded({ images, used: new Set(), needed, keep: () => 0 }), [left('2')]);
});
