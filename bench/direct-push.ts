import { once } from 'node:events';
import type Docker from 'dockerode';

const target = '/etc/nginx/nginx.conf';

/** Takes `$1` bytes from stdin, checks, renames, reloads: what a hot push cannot do without. */
const script = `
new=/etc/nginx/.nginx.conf.new
head -c "$1" >"$new" && nginx -t -c "$new" && mv -f "$new" ${target} && kill -s HUP 1`;

/** The floor: one exec per container through dockerode and nothing around it, so many at a time. */
export async function pushDirectly(docker: Docker, containers: readonly string[], bytes: Buffer, concurrency: number): Promise<void> {
  const left = [...containers];
  const lane = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) await pushOne(docker, id, bytes);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

async function pushOne(docker: Docker, id: string, bytes: Buffer): Promise<void> {
  const exec = await docker.getContainer(id).exec({
    Cmd: ['sh', '-c', script, 'push', String(bytes.length)],
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
  });
  const stream = await exec.start({ hijack: true, stdin: true });
  let output = '';
  stream.on('data', (chunk: Buffer) => {
    output += chunk.toString('latin1');
  });
  stream.end(bytes);
  await once(stream, 'close');
  const { ExitCode: status } = await exec.inspect();
  if (status !== 0) throw new Error(`the direct push into ${id} ended with ${status}: ${output}`);
}
