/** `node --expose-gc dist/bench/soak.js [DEPLOYMENTS=1000]`: see docs/performance.md. JSON on stdout, progress on stderr. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGitRepository, type GitRepository } from '../playground/git-repository.ts';
import { connectApi, freePort } from '../playground/windlass-process.ts';
import { silentLog } from '../src/log.ts';
import { readSettings } from '../src/settings.ts';
import { runUp } from '../src/up.ts';
import { startEngine } from '../test/support/engine.ts';
import { countArgument, machine, say } from './figures.ts';
import { type Sample, takeSample } from './soak-sample.ts';
import { soakFiles, soakRelease } from './soak-site.ts';

const deployments = countArgument(1, 1_000);
const about = machine();
const directory = await mkdtemp(join(tmpdir(), 'windlass-soak-'));
const engine = await startEngine();
try {
  const repository = await createGitRepository(directory);
  for (const [path, content] of Object.entries(soakFiles)) await repository.write(path, content);
  process.stdout.write(`${JSON.stringify(await soak(repository), null, 2)}\n`);
} finally {
  await engine.stop();
  await rm(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

/** In this very process, so that what is left after a garbage collection can be told from what only waits for one. */
async function soak(repository: GitRepository) {
  const stateDirectory = join(directory, 'state');
  const settings = readSettings({
    WINDLASS_STATE_DIR: stateDirectory,
    WINDLASS_REPOSITORY: repository.bare,
    WINDLASS_LISTEN: `127.0.0.1:${await freePort()}`,
    WINDLASS_HOST: 'one',
    WINDLASS_POLL: '1s',
    DOCKER_HOST: engine.dockerHost,
    PATH: process.env.PATH ?? '',
  });
  const windlass = await runUp({ ...settings, pollMs: 100 }, silentLog);
  const api = connectApi(windlass.url, async () => (await readFile(join(stateDirectory, 'admin-token'), 'utf8')).trim());
  const places = { stateDirectory, engine };
  const samples: Sample[] = [];
  const failed: number[] = [];
  const started = performance.now();
  try {
    const every = Math.max(1, Math.floor(deployments / 10));
    for (let n = 0; n <= deployments; n++) {
      await soakRelease(repository, n);
      const commit = await repository.commit(`release ${n}`);
      await repository.push();
      const { state } = await api.settled('staging', commit, 300_000);
      if (state !== 'deployed') failed.push(n);
      if (n % every === 0) {
        samples.push(await takeSample(n, places));
        say(JSON.stringify(samples.at(-1)));
      }
    }
    return { deployments, failed, minutes: Math.round((performance.now() - started) / 6_000) / 10, samples, machine: about };
  } finally {
    await windlass.close();
  }
}
