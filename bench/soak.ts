/** `node --expose-gc dist/bench/soak.js [DEPLOYMENTS=1000]`: see docs/performance.md. JSON on stdout, progress on stderr. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../playground/free-port.ts';
import { type Api, connectApi } from '../playground/windlass-process.ts';
import { silentLog } from '../src/log.ts';
import type { HookDocument } from '../src/model/documents.ts';
import { readSettings } from '../src/settings.ts';
import { runUp } from '../src/up.ts';
import { startEngine } from '../test/support/engine.ts';
import { createGitServer, type GitServer } from '../test/support/git-server.ts';
import { countArgument, machine, say } from './figures.ts';
import { sendWebhook } from './send-webhook.ts';
import { type Sample, takeSample } from './soak-sample.ts';
import { soakPush } from './soak-site.ts';

const most = countArgument(1, 1_000);
const samplesTaken = 10;
const about = machine();
const stateDirectory = await mkdtemp(join(tmpdir(), 'windlass-soak-'));
const engine = await startEngine();
const server = await createGitServer();
try {
  process.stdout.write(`${JSON.stringify(await soak(server), null, 2)}\n`);
} finally {
  await server.close();
  await engine.stop();
  await rm(stateDirectory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** In this very process, so that what is left after a garbage collection can be told from what only waits for one. */
async function soak({ create, url, requests }: GitServer) {
  const repository = await create('config', soakPush(0).files);
  const settings = readSettings({
    WINDLASS_STATE_DIR: stateDirectory,
    WINDLASS_REPOSITORY: url('config'),
    WINDLASS_LISTEN: `127.0.0.1:${await freePort()}`,
    WINDLASS_HOST: 'one',
    WINDLASS_POLL: '600s',
    DOCKER_HOST: engine.dockerHost,
    PATH: process.env.PATH ?? '',
  });
  const windlass = await runUp(settings, silentLog);
  try {
    const api = connectApi(windlass.url, async () => (await readFile(join(stateDirectory, 'admin-token'), 'utf8')).trim());
    const { secret } = await api.get<HookDocument>('hook');
    const push = async (n: number) => {
      // Every tenth push replaces the one before it.
      if (n > 1 && n % 10 === 0) await repository.git('reset', '--soft', 'HEAD~1');
      const commit = n === 0 ? await repository.git('rev-parse', 'HEAD') : await repository.push(soakPush(n).files, `release ${n}`);
      await sendWebhook(`${windlass.url}/hooks/config`, secret, commit);
      requests.length = 0;
      return commit;
    };
    return { ...(await pushAll(api, push)), ended: await endedDeployments(windlass.url), machine: about };
  } finally {
    await windlass.close();
  }
}

/** One push after the other until there have been enough deployments, with samples on the way. */
async function pushAll(api: Api, push: (n: number) => Promise<string>) {
  const samples: Sample[] = [];
  const failed: number[] = [];
  const started = performance.now();
  let deployments = 0;
  for (let n = 0; deployments < most; n++) {
    const { state } = await api.settled('staging', await push(n), 300_000);
    if (state !== 'deployed') failed.push(n);
    deployments += soakPush(n).deployments;
    if (n > 0 && deployments < (most / samplesTaken) * samples.length && deployments < most) continue;
    samples.push(await takeSample(deployments, { stateDirectory, engine }));
    say(JSON.stringify(samples.at(-1)));
  }
  const minutes = Math.round((performance.now() - started) / 6_000) / 10;
  return { deployments, failed, minutes, samples };
}

/** How many deployments ended in which state, as windlass itself has counted. */
async function endedDeployments(url: string): Promise<Readonly<Record<string, number>>> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const counted = text.matchAll(/^windlass_deployments_total\{.*state="([a-z-]+)".*\} (\d+)$/gm);
  return Object.fromEntries([...counted].map(([, state = '', count]) => [state, Number(count)]));
}
