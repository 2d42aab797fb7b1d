/**
 * The load generator of bench/webhook, in a process of its own: `webhook-load URL SECRET CONNECTIONS WARMUP_MS MEASURE_MS`.
 * Prints one JSON line: how many answers by status, and the milliseconds of each 202.
 */
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';

/** One line of JSON from the load generator. */
export interface LoadResult {
  readonly seconds: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly acceptedMs: readonly number[];
}

const [url = '', secret = '', connections = '50', warmupMs = '2000', measureMs = '10000'] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) });
const statuses: Record<string, number> = {};
const acceptedMs: number[] = [];
const measured = performance.now() + Number(warmupMs);
const end = measured + Number(measureMs);

await Promise.all(Array.from({ length: Number(connections) }, sendUntilTheEnd));
agent.destroy();
const result: LoadResult = { seconds: Number(measureMs) / 1000, statuses, acceptedMs };
process.stdout.write(`${JSON.stringify(result)}\n`);

async function sendUntilTheEnd(): Promise<void> {
  for (let start = performance.now(); start < end; start = performance.now()) {
    const status = await send(payload());
    const now = performance.now();
    if (now < measured || now > end) continue;
    statuses[status] = (statuses[status] ?? 0) + 1;
    if (status === '202') acceptedMs.push(Math.round((now - start) * 100) / 100);
  }
}

/** The answer's status, or the error that there was none. */
function send(body: Buffer): Promise<string> {
  const headers = {
    'content-type': 'application/json',
    'content-length': body.length,
    'x-github-event': 'push',
    'x-github-delivery': randomUUID(),
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  return new Promise((resolve) => {
    const sending = request(url, { method: 'POST', agent, headers }, (response) => {
      response.on('end', () => resolve(String(response.statusCode))).resume();
    });
    sending.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sending.end(body);
  });
}

/** About 10 KB in the shape of GitHub's push event; another commit each time, hence another signature. */
function payload(): Buffer {
  const after = randomBytes(20).toString('hex');
  return Buffer.from(JSON.stringify({ ref: 'refs/heads/main', before: '0'.repeat(40), after, ...rest() }));
}

function rest() {
  const person = { name: 'Windlass', email: 'windlass@example.com', username: 'windlass' };
  const commits = Array.from({ length: 20 }, (_, i) => ({
    id: i.toString(16).padStart(40, '0'),
    message: `Change number ${i} of the configuration, and say why in a sentence of ordinary length`,
    timestamp: '2026-11-22T12:00:00Z',
    author: person,
    committer: person,
    added: [],
    removed: [],
    modified: ['apps/shop/compose.yaml', 'apps/shop/haproxy.cfg.mustache', 'environments/production.yaml'],
  }));
  return { repository: { id: 1, full_name: 'acme/config', private: true }, pusher: person, commits };
}
