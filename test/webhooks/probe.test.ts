import test from 'ava';
import { providers } from '../../src/model/root.ts';
import { Secret } from '../../src/secret.ts';
import { probeRequest } from '../../src/webhooks/probe.ts';
import { openDoor, secretText, source, standardSecret, testNow } from '../support/webhook-sender.ts';

for (const provider of providers) {
  test(`doctor's own webhook is one of ${provider}'s, and asks for nothing`, async (t) => {
    const text = provider === 'standard' ? standardSecret : secretText;
    const door = await openDoor(t, { sources: () => [source('config', provider, text)] });
    const { headers, body } = probeRequest(provider, new Secret(text), 'doctor-1', testNow);
    const answer = await door.post('/hooks/config', body, headers);
    t.is(answer.status, 200, JSON.stringify(answer.body));
    t.deepEqual(door.deliveries, []);
    t.false(JSON.stringify(headers).includes(text), 'the secret itself is not sent');
    const wrong = probeRequest(provider, new Secret('another secret'), 'doctor-2', testNow);
    t.is((await door.post('/hooks/config', wrong.body, wrong.headers)).status, 401);
  });
}
