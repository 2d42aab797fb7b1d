import test from 'ava';
import type { Finding } from '../../src/model/documents.ts';
import { door, start } from './windlass.ts';

const well: Finding = { check: 'redis', subject: 'Redis', state: 'ok', message: 'redis 7.0.15' };
const wrong: Finding = { check: 'clock', subject: 'host web-1', state: 'wrong', message: 'its clock is 90.0 s behind', cure: 'keep time' };

test.serial('doctor tells what the controller found, and ends with 0 where nothing is wrong', async (t) => {
  const { run, memory } = await door(t);
  memory.findings = [well, { check: 'disk', subject: 'controller', state: 'advice', message: 'little room', cure: 'make some' }];
  const { status, stdout } = await run('doctor');
  t.is(status, 0);
  t.regex(stdout, /^Redis\n {2}ok {7}redis {7}redis 7\.0\.15$/m);
  t.regex(stdout, /^ {2}advice {3}disk {8}little room\n +→ make some$/m);
  t.regex(stdout, /nothing is wrong; 1 could be better\n$/);
});

test.serial('what is wrong is told with its cure, and the exit status is 1', async (t) => {
  const { run, memory } = await door(t);
  memory.findings = [well, wrong];
  const { status, stdout } = await run('doctor');
  t.is(status, 1);
  t.regex(stdout, /^host web-1\n {2}WRONG {4}clock {7}its clock is 90\.0 s behind\n +→ keep time$/m);
  const json = await run('doctor', '--json');
  t.is(json.status, 1);
  t.deepEqual(JSON.parse(json.stdout).findings.slice(-2), [well, wrong]);
});

test.serial('without a controller this machine is looked at', async (t) => {
  const env = { WINDLASS_URL: 'http://127.0.0.1:1', WINDLASS_ADMIN_TOKEN: 'x'.repeat(20), DOCKER_HOST: 'unix:///nowhere/docker.sock' };
  const { status, stdout } = await start(['doctor'], env).ended;
  t.is(status, 1);
  t.regex(stdout, /advice +controller +the controller does not answer at http:\/\/127\.0\.0\.1:1/);
  t.regex(stdout, /WRONG +engine .*ENOENT/);
  t.regex(stdout, /WRONG +repository +WINDLASS_REPOSITORY is not set/);
  t.regex(stdout, /untried +webhook/);
});

test.serial('settings that cannot be read are findings, too', async (t) => {
  const { status, stdout } = await start(['doctor', '--json'], { WINDLASS_POLL: 'often', WINDLASS_LISTEN: 'here' }).ended;
  t.is(status, 1);
  t.deepEqual(
    (JSON.parse(stdout).findings as Finding[]).map(({ check, state }) => `${check} ${state}`),
    ['settings wrong', 'settings wrong'],
  );
});
