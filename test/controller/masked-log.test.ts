import test from 'ava';
import { maskedLog } from '../../src/controller/masked-log.ts';

const masked = (line: string, ...secrets: string[]) =>
  maskedLog({ lines: [{ at: '2026-01-01T00:00:00Z', step: 'web:latest', line }], next: 1 }, secrets)?.lines[0]?.line;

test('a secret that a build prints is masked, one of several lines at each of them', (t) => {
  t.is(masked('#5 password is hunter2!', 'hunter2!'), '#5 password is [secret]');
  t.is(masked('MIIEvQIBADANBg', '-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----'), '[secret]');
  t.is(masked('user: enabled', 'user:\nenabled\nhunter2!hunter2!'), 'user: enabled', 'its short lines are ordinary text');
  t.is(maskedLog(undefined, ['hunter2!']), undefined);
});
