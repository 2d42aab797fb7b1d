import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import test from 'ava';
import { extract } from 'tar-stream';
import { createEngine } from '../../../src/docker/create-engine.ts';
import type { Engine } from '../../../src/docker/engine.ts';
import { startEngine, type TestEngine } from '../../support/engine.ts';

const port = '5000';
const web = `127.0.0.1:${port}/acme/web`;
let host: TestEngine;
let engine: Engine;
let registry: ChildProcess;
let imageId: string;

test.before(async () => {
  host = await startEngine();
  const configFile = join(host.directory, 'config.json');
  await writeFile(configFile, JSON.stringify({ auths: { [`127.0.0.1:${port}`]: { auth: Buffer.from('me:pass').toString('base64') } } }));
  engine = createEngine({ url: host.dockerHost, configFile });
  imageId = await publish('busybox:latest', ['1', 'latest']);
  // In the engine's own network: it speaks plain HTTP with 127.0.0.1 only.
  const server = fileURLToPath(new URL('registry-server.js', import.meta.url));
  registry = spawn('nsenter', [`--net=/run/netns/${host.namespace}`, process.execPath, server, host.directory, port], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (registry.stdout) await once(registry.stdout, 'data');
});
test.after.always(async () => {
  registry?.kill();
  await host?.stop();
});

/** Writes an image of the engine as a registry has it: blobs by digest, manifests by tag and digest. Its id, once it is pulled. */
async function publish(reference: string, tags: readonly string[]): Promise<string> {
  const files = new Map<string, Buffer>();
  const entries = extract();
  (await engine.saveImage(reference)).pipe(entries);
  for await (const entry of entries) files.set(entry.header.name, await buffer(entry as unknown as NodeJS.ReadableStream));
  const [{ Config, Layers }] = JSON.parse(String(files.get('manifest.json'))) as [{ Config: string; Layers: string[] }];
  const put = async (bytes: Buffer, names: readonly string[] = []) => {
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    for (const name of [digest, ...names]) await writeFile(join(host.directory, name), bytes);
    return { size: bytes.length, digest };
  };
  const file = (name: string) => files.get(name) ?? Buffer.alloc(0);
  const config = { mediaType: 'application/vnd.docker.container.image.v1+json', ...(await put(file(Config))) };
  const layers = await Promise.all(
    Layers.map(async (name) => ({ mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip', ...(await put(gzipSync(file(name)))) })),
  );
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.docker.distribution.manifest.v2+json', config, layers };
  await put(Buffer.from(JSON.stringify(manifest)), tags);
  return config.digest;
}

test('An image is pulled as who is logged in, each line of progress once', async (t) => {
  const lines: string[] = [];
  await engine.pullImage(`${web}:1`, (line) => lines.push(line));
  t.is((await engine.inspectImage(`${web}:1`))?.Id, imageId);
  t.true(
    lines.some((line) => line.startsWith('Status: ')),
    lines.join('\n'),
  );
  t.is(new Set(lines).size, lines.length);
});

test('Without a tag it is the latest one, and no other', async (t) => {
  await engine.pullImage(web, () => {});
  t.is((await engine.inspectImage(`${web}:latest`))?.Id, imageId);
});

test('A digest is pulled as that', async (t) => {
  await engine.pullImage(`${web}:1`, () => {});
  const digest = (await engine.inspectImage(`${web}:1`))?.RepoDigests.find((one) => one.startsWith(web)) ?? '';
  await engine.pullImage(digest, () => {});
  t.is((await engine.inspectImage(digest))?.Id, imageId);
});

test('An image that is not there, or not for everybody, is told', async (t) => {
  await t.throwsAsync(
    engine.pullImage(`${web}:none`, () => {}),
    { code: 'docker', message: /^pull image .*acme\/web:none: .*(unknown|not found)/i },
  );
  const nobody = createEngine({ url: host.dockerHost });
  await t.throwsAsync(
    nobody.pullImage(`${web}:1`, () => {}),
    { code: 'docker', message: /^pull image .*(auth|credentials|unauthorized)/i },
  );
});

test('A pull ends at the signal with its reason', async (t) => {
  const reason = new Error('a newer push');
  await t.throwsAsync(
    engine.pullImage(`${web}:1`, () => {}, AbortSignal.abort(reason)),
    { is: reason },
  );
});
