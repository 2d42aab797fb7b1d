/**
 * The clients of bench/availability, in a process of their own: `availability-load HOST PORT RATE CONNECTIONS KEEP_ALIVE`, until its
 * parent says to stop. Prints one JSON line. Requests are due at even intervals whatever became of those before, each is sent once, and
 * its time counts from when it was due: a pause of the server is seen by every request that fell into it. Plain sockets, for
 * node:http costs as much as the servers.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface AvailabilityResult {
  readonly seconds: number;
  /** Milliseconds of every answer 200. */
  readonly answeredMs: readonly number[];
  /** What else became of requests: statuses and error codes. */
  readonly failed: readonly { readonly what: string; readonly atSeconds: number }[];
  /** How many connections were opened. */
  readonly connections: number;
}

const [host = '', port = '', rate = '1000', connections = '50', keepAlive = 'true'] = process.argv.slice(2);
const asked = `GET / HTTP/1.1\r\nHost: ${host}\r\n${keepAlive === 'true' ? '' : 'Connection: close\r\n'}\r\n`;
const withinMs = 10_000;
const answeredMs: number[] = [];
const failed: { what: string; atSeconds: number }[] = [];
const idle: Socket[] = [];
const waiting: number[] = [];
let [inUse, opened, stopped] = [0, 0, false];
process.on('message', () => {
  stopped = true;
});

const start = performance.now();
for (let sent = 0; !stopped; await sleep(2)) {
  for (const due = ((performance.now() - start) / 1000) * Number(rate); sent < due; sent++) {
    waiting.push(start + (sent * 1000) / Number(rate));
    next();
  }
}
const seconds = (performance.now() - start) / 1000;
while (inUse + waiting.length > 0) await sleep(10);
for (const socket of idle) socket.destroy();
const result: AvailabilityResult = { seconds, answeredMs, failed, connections: opened };
process.stdout.write(`${JSON.stringify(result)}\n`);
process.disconnect?.();

/** Sends the oldest request that waits, where a connection is free. */
function next(): void {
  const dueAt = inUse < Number(connections) ? waiting.shift() : undefined;
  if (dueAt === undefined) return;
  inUse += 1;
  send(idle.shift() ?? open(), dueAt);
}

function open(): Socket {
  opened += 1;
  const socket = connect({ host, port: Number(port), noDelay: true });
  // While nothing is asked the server may close it.
  const forget = () => void (idle.includes(socket) && idle.splice(idle.indexOf(socket), 1));
  return socket
    .on('error', () => {})
    .on('close', forget)
    .on('end', forget);
}

function send(socket: Socket, dueAt: number): void {
  let answer = '';
  const deadline = setTimeout(() => end('no answer in 10 s'), withinMs);
  const end = (what: string, reusable = false) => {
    clearTimeout(deadline);
    socket.off('data', read).off('error', broke).off('close', closed);
    const now = performance.now();
    if (what === '200') answeredMs.push(Math.round((now - dueAt) * 100) / 100);
    else failed.push({ what, atSeconds: Math.round((now - start) / 100) / 10 });
    if (reusable && !socket.readableEnded) idle.push(socket);
    else socket.end();
    inUse -= 1;
    next();
  };
  const read = (bytes: Buffer) => {
    answer += bytes.toString('latin1');
    const [, head, status = ''] = /^(HTTP\/1\.1 (\d{3})[\s\S]*?\r\n\r\n)/.exec(answer) ?? [];
    const length = head && /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (!head || length === undefined || answer.length < head.length + Number(length)) return;
    end(status, keepAlive === 'true' && !/\r\nconnection: close/i.test(head));
  };
  const broke = (error: NodeJS.ErrnoException) => end(error.code ?? error.message);
  const closed = () => end('closed without an answer');
  socket.on('data', read).on('error', broke).on('close', closed);
  socket.write(asked);
}
