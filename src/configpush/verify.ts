import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Readable } from 'node:stream';
import type { ContainerInspect } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { StepVerify } from '../model/step.ts';
import { asksAddress } from '../model/verify-address.ts';
import type { ToolRun } from './run-tool.ts';
import { toolOutput } from './tool-output.ts';

/** What a verification needs to know of the container. */
export interface Verified {
  /** Where the agent reaches the container; undefined where it has no address of its own. */
  readonly ip: string | undefined;
  run(argv: readonly string[], withinMs: number): Promise<ToolRun>;
}

/** Why an attempt failed, with the tool's words where it has any. */
export interface Complaint {
  readonly reason: string;
  readonly output?: string;
}

/** One attempt, at most so many milliseconds; undefined: it passed. */
export async function attempt(verify: StepVerify, { ip, run }: Verified, withinMs: number): Promise<Complaint | undefined> {
  // An empty host would be the agent's own.
  if (ip === undefined && asksAddress(verify)) return { reason: 'the container has no address of its own; use verify: { exec: [argv] }' };
  const address = ip ?? '';
  const fill = (text: string) => text.replaceAll('{{container.ip}}', address.includes(':') ? `[${address}]` : address);
  switch (verify.kind) {
    case 'http':
      return attemptHttp(verify, fill(verify.url), withinMs);
    case 'tcp': {
      const problem = await connectTo(address, verify.port, withinMs).catch(messageOf);
      return problem === undefined ? undefined : { reason: `port ${verify.port} does not take connections (${problem})` };
    }
    case 'exec': {
      const argv = verify.argv.map((word) => word.replaceAll('{{container.ip}}', address));
      const { status, output } = await run(argv, withinMs);
      return status === 0 ? undefined : { reason: `${argv[0]} ended with exit status ${status}`, output };
    }
  }
}

async function attemptHttp(
  { status, body }: Extract<StepVerify, { kind: 'http' }>,
  url: string,
  withinMs: number,
): Promise<Complaint | undefined> {
  const answer = await ask(url, body !== undefined, withinMs).catch(messageOf);
  if (typeof answer === 'string') return { reason: `${url} did not answer (${answer})` };
  if (answer.status !== status) return { reason: `${url} answered ${answer.status} instead of ${status}` };
  if (body === undefined || answer.body.includes(body)) return undefined;
  return { reason: `${url} answered without ${JSON.stringify(body)}`, output: toolOutput(answer.body) };
}

interface Answer {
  readonly status: number;
  /** Empty where nobody looks at it. */
  readonly body: string;
}

/** The address on its first network by name; a container on the host's network answers on the host. */
export function addressOf(container: ContainerInspect): string | undefined {
  if (container.HostConfig.NetworkMode === 'host') return '127.0.0.1';
  const networks = Object.entries(container.NetworkSettings.Networks ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return networks.map(([, { IPAddress, GlobalIPv6Address }]) => IPAddress || GlobalIPv6Address).find((address) => address);
}

/**
 * A connection of its own each time: one that is kept alive would ask the process that is being replaced. The certificate is not
 * looked at, as in Kubernetes' probes: it is not made out to an address.
 */
function ask(url: string, withBody: boolean, withinMs: number): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    const signal = AbortSignal.timeout(withinMs);
    const fail = (error: Error) => reject(signal.aborted ? new Error(`nothing within ${withinMs / 1000} s`) : error);
    const call = request(url, { agent: false, rejectUnauthorized: false, signal }, (response) => {
      const status = response.statusCode ?? 0;
      const end = (body: string) => {
        response.on('error', () => {}).destroy();
        resolve({ status, body });
      };
      if (withBody) startOf(response).then(end, fail);
      else end('');
    });
    call.on('error', fail);
    call.end();
  });
}

/** As much of a body as is looked at, 64 KiB; a page that never ends is no reason to wait. */
async function startOf(response: Readable): Promise<string> {
  const most = 65_536;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= most) break;
  }
  return Buffer.concat(chunks).subarray(0, most).toString();
}

function connectTo(host: string, port: number, withinMs: number): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: withinMs });
    const end = (act: () => void) => () => {
      socket.destroy();
      act();
    };
    socket.once(
      'connect',
      end(() => resolve(undefined)),
    );
    socket.once(
      'timeout',
      end(() => reject(new Error(`nothing within ${withinMs / 1000} s`))),
    );
    socket.once('error', (error) => reject(error));
  });
}
