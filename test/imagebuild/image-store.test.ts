import test from 'ava';
import { noFault } from '../../src/fault.ts';
import { createImageStore, type ImageStoreOptions } from '../../src/imagebuild/image-store.ts';
import { silentLog } from '../../src/log.ts';

const signal = new AbortController().signal;

/** An engine with these tags (by image id), for which a pull gives `redis:7` to another image. */
function storeWith(images: Record<string, string[]>, pulled: string) {
  const find = (name: string) => Object.keys(images).find((id) => id === name || images[id]?.includes(name));
  const give = (id: string, tag: string) => {
    for (const tags of Object.values(images)) if (tags.includes(tag)) tags.splice(tags.indexOf(tag), 1);
    images[id] = [...(images[id] ?? []), tag];
  };
  const engine = {
    inspectImage: async (name: string) => {
      const id = find(name);
      return id === undefined ? undefined : { Id: id, RepoTags: images[id], Config: { Labels: {} } };
    },
    pullImage: async (reference: string) => give(pulled, reference),
    tagImage: async (id: string, name: string, tag: string) => give(id, `${name}:${tag}`),
  } as unknown as ImageStoreOptions['engine'];
  const store = createImageStore({ engine, fetchImage: () => Promise.reject(new Error('not here')), fault: noFault, log: silentLog });
  return (pull: 'missing' | 'always' | 'never', ids?: string[]) =>
    store.ensure({ kind: 'external', reference: 'redis:7', pull, ...(ids ? { ids } : {}) }, signal);
}

test('what loses its name to a pull gets another one, by which it is known as windlass’s to give up', async (t) => {
  const images = { 'sha256:0123456789abcdef': ['redis:7'] };
  t.is(await storeWith(images, 'sha256:new')('always'), 'sha256:new');
  t.deepEqual(images, { 'sha256:0123456789abcdef': ['redis:former-0123456789ab'], 'sha256:new': ['redis:7'] } as object);
});

test('what somebody else has named keeps that name and gets no other', async (t) => {
  const images = { 'sha256:0123456789abcdef': ['redis:7', 'mine:1'] };
  await storeWith(images, 'sha256:new')('always');
  t.deepEqual(images, { 'sha256:0123456789abcdef': ['mine:1'], 'sha256:new': ['redis:7'] } as object);
});

test('an image to go back to is taken as it is, whatever its tag names and the pull policy says; one that is gone is not waited for', async (t) => {
  const images = { 'sha256:old': ['redis:former-old'], 'sha256:new': ['redis:7'] };
  t.is(await storeWith(images, 'sha256:newest')('always', ['sha256:elsewhere', 'sha256:old']), 'sha256:old');
  t.is(await storeWith(images, 'sha256:newest')('missing', ['sha256:gone']), 'sha256:new');
});
