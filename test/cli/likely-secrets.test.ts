import test from 'ava';
import { holdsSecret, isLikelySecret, likelySecrets } from '../../src/cli/init/likely-secrets.ts';

test('of an env file the names are told that hold secrets by their name or their value', (t) => {
  const text = [
    'DB_PASSWORD=hush',
    'export API_TOKEN="abc"',
    'AWS_KEY = x',
    'DATABASE_URL=postgres://u:pw@db/x',
    'PGPASSWORD=x',
    '# OLD_SECRET=x',
    'EMPTY_PASSWORD=',
    'PASSED_TOKEN=${TOKEN}',
    'COLOUR=red',
  ].join('\n');
  t.deepEqual(likelySecrets(text), ['DB_PASSWORD', 'API_TOKEN', 'AWS_KEY', 'DATABASE_URL', 'PGPASSWORD']);
});

test('a path, a switch, a public key and a word within another are no secrets', (t) => {
  for (const name of ['DB_PASSWORD_FILE', 'TOKEN_TTL', 'PUBLIC_KEY', 'KEYCLOAK_HOST', 'MONKEY', 'PASSENGER_APP', 'AUTHOR']) {
    t.false(isLikelySecret(name, 'x'), name);
  }
  t.false(isLikelySecret('USE_TOKEN', 'false'));
});

test('a secret is known by its form', (t) => {
  t.true(holdsSecret('-----BEGIN RSA PRIVATE KEY-----'));
  t.true(holdsSecret('redis://:hush@redis:6379'));
  t.true(holdsSecret('token: ghp_abc'));
  t.false(holdsSecret('http://example.com:80/@x'));
  t.false(holdsSecret('postgres://u:${PASSWORD}@db/x'));
});

test('a reference to a variable is no secret, a default that it brings along is', (t) => {
  for (const value of ['$PASSWORD', '${PASSWORD}', '${PASSWORD:?set it}', '${PASSWORD?}', '${PASSWORD:-}', '"${PASSWORD}"'])
    t.false(isLikelySecret('DB_PASSWORD', value), value);
  t.true(isLikelySecret('DB_PASSWORD', '${PASSWORD:-hunter2}'));
});
