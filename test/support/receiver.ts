import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret } from '../../src/secret.ts';
import { standardSignature } from '../../src/standard-signature.ts';
import type { Notification } from '../../src/status/notification.ts';

/** A message as it came, proven or not. */
interface Received {
  readonly id: string;
  readonly proven: boolean;
  readonly headers: IncomingHttpHeaders;
  readonly notification: Notification;
}

/** A receiver of outcomes; `answer` decides what it says to each message, 204 by default. */
export async function startReceiver(
  secret: string,
  answer: (response: ServerResponse) => void = (response) => void response.writeHead(204).end(),
) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = request.headers;
    const expected = `v1,${standardSignature(new Secret(secret), { id: String(id), timestamp: String(timestamp) }, body).toString('base64')}`;
    const proven = String(signatures).split(' ').includes(expected) && Math.abs(Number(timestamp) - Date.now() / 1000) < 300;
    received.push({ id: String(id), proven, headers: request.headers, notification: JSON.parse(body) });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    received,
    port,
    url: `http://127.0.0.1:${port}/outcomes?key=in-the-url`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
