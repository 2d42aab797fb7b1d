/** `node dist/bench/webhook.js`: see docs/performance.md. JSON on stdout, progress on stderr. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../playground/free-port.ts';
import { createGitRepository } from '../playground/git-repository.ts';
import { connectApi, startWindlass } from '../playground/windlass-process.ts';
import { machine, quantile, round, say } from './figures.ts';
import type { LoadResult } from './webhook-load.ts';

const run = promisify(execFile);
const connections = 50;
const warmupMs = 2_000;
const measureMs = 10_000;
const secret = 'the secret of the webhook benchmark';

const about = machine();
const directory = await mkdtemp(join(tmpdir(), 'windlass-bench-'));
try {
  process.stdout.write(`${JSON.stringify({ ...(await measure()), machine: about }, null, 2)}\n`);
} finally {
  await rm(directory, { recursive: true, force: true });
}

/** A whole controller with its own Redis, whose repository has an environment that watches the branch. */
async function measure() {
  const repository = await createGitRepository(directory);
  await repository.write('windlass.yaml', 'version: 1\nenvironments:\n  staging: { branch: main }\n');
  await repository.write('apps/site/compose.yaml', 'services:\n  web: { image: "nginx:1" }\n');
  await repository.commit('Start');
  await repository.push();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const stateDirectory = join(directory, 'state');
  say('starting windlass controller');
  const controller = await startWindlass(
    'controller',
    {
      WINDLASS_STATE_DIR: stateDirectory,
      WINDLASS_REPOSITORY: repository.bare,
      WINDLASS_REPOSITORY_PROVIDER: 'github',
      WINDLASS_WEBHOOK_SECRET: secret,
      WINDLASS_LISTEN: `127.0.0.1:${port}`,
    },
    join(directory, 'windlass.log'),
  );
  try {
    const api = connectApi(url, async () => (await readFile(join(stateDirectory, 'admin-token'), 'utf8')).trim());
    await api.ready();
    // From the first fetch on an environment watches the branch; before it every push would be answered with 200.
    await until(async () => (await api.status()).environments.length > 0);
    say(`${connections} connections for ${(warmupMs + measureMs) / 1000} s`);
    return summary(await load(`${url}/hooks/config`));
  } finally {
    await controller.stop();
  }
}

async function load(url: string): Promise<LoadResult> {
  const program = fileURLToPath(new URL('./webhook-load.js', import.meta.url));
  const { stdout } = await run(process.execPath, [program, url, secret, ...[connections, warmupMs, measureMs].map(String)], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as LoadResult;
}

function summary({ seconds, statuses, acceptedMs }: LoadResult) {
  return {
    connections,
    seconds,
    acceptedPerSecond: round(acceptedMs.length / seconds),
    p50Ms: round(quantile(acceptedMs, 0.5)),
    p99Ms: round(quantile(acceptedMs, 0.99)),
    maxMs: round(quantile(acceptedMs, 1)),
    statuses,
  };
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the controller did not read its repository within 10 s');
}
