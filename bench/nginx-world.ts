import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HookDocument } from '../src/model/documents.ts';
import { createWorld, type World } from '../test/support/world.ts';
import { sendWebhook } from './send-webhook.ts';
import type { Server } from './serving.ts';

/** N nginx containers of one service that answer with the release they are configured for, kept by a real `windlass up`. */
export interface NginxWorld {
  readonly world: World;
  readonly containers: readonly string[];
  readonly servers: readonly Server[];
  /** Of windlass's process, controller and agent in one. */
  memoryMiB(): Promise<number>;
  /** Commits the release (not pushed yet); the commit. */
  release(name: string): Promise<string>;
  /** The bytes that windlass would render for a release. */
  rendered(name: string): Buffer;
  /** Sends the signed webhook of a commit to `main`; resolves with the 202. */
  webhook(commit: string): Promise<void>;
}

const template = `worker_processes 1;
error_log stderr warn;
pid /run/nginx.pid;
events { worker_connections 256; }
http {
  access_log off;
  server {
    listen 8080;
    location / { default_type text/plain; return 200 "{{release}}\\n"; }
  }
}
`;

const compose = (replicas: number, release: string) => `x-windlass:
  policy: mutable
  variables: { release: ${release} }
  on_config_change:
    check: ["nginx", "-t", "-c", "{{staged}}"]
    action: { signal: HUP }
configs:
  nginx.conf: { file: ./nginx.conf.mustache }
services:
  web:
    image: debian:bookworm
    command: ["nginx", "-g", "daemon off;"]
    ports: ["8080"]
    stop_grace_period: 1s
    healthcheck: { disable: true }
    configs: [{ source: nginx.conf, target: /etc/nginx/nginx.conf }]
    deploy: { replicas: ${replicas}, update_config: { parallelism: 0, monitor: 1s } }
`;

/** Starts it and waits until all containers serve `release-0`. */
export async function createNginxWorld(replicas: number): Promise<NginxWorld> {
  const world = await createWorld({ debian: true });
  try {
    return await deploy(world, replicas);
  } catch (error) {
    const log = (await world.log()).split('\n').slice(-20).join('\n');
    await world.stop();
    throw new Error(`the containers were not deployed; windlass's last lines:\n${log}`, { cause: error });
  }
}

async function deploy(world: World, replicas: number): Promise<NginxWorld> {
  const { repository, api, engine } = world;
  const release = async (name: string) => {
    await repository.write('apps/site/compose.yaml', compose(replicas, name));
    return repository.commit(`Release ${name}`);
  };
  await repository.write('windlass.yaml', 'version: 1\nenvironments:\n  staging: { branch: main }\n');
  await repository.write('apps/site/nginx.conf.mustache', template);
  const first = await release('release-0');
  await repository.push();
  // The webhook alone shall set windlass to work; what the floor writes behind its back is no drift to be repaired.
  const windlass = await world.start('up', { WINDLASS_POLL: '600s', WINDLASS_DRIFT_INTERVAL: '24h' });
  await api.ready();
  await api.deployed('staging', first, 60_000 + replicas * 5_000);
  const found = await engine.docker.listContainers({ filters: { label: ['windlass.service=web'] } });
  const servers = found.map(({ Ports }) => ({
    host: engine.address,
    port: Ports.find(({ PrivatePort }) => PrivatePort === 8080)?.PublicPort ?? 0,
  }));
  const hook = await api.get<HookDocument>('hook');
  return {
    world,
    containers: found.map(({ Id }) => Id),
    servers,
    memoryMiB: () => residentMiB(windlass.pid),
    release,
    rendered: (name) => Buffer.from(template.replace('{{release}}', name)),
    webhook: (commit) => sendWebhook(`${world.url}/hooks/config`, hook.secret, commit),
  };
}

/** `VmRSS`, which the kernel gives in KiB: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
async function residentMiB(pid: number): Promise<number> {
  const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib) / 1024;
}

/** Lets the machine come to rest, so that one measurement does not pay for the one before. */
export const rest = (): Promise<void> => sleep(500);
