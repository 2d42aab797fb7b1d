import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A certificate authority of the test's own, as a company has one, and a certificate of it for 127.0.0.1. */
export async function createAuthority(
  directory: string,
): Promise<{ readonly caFile: string; readonly key: string; readonly cert: string }> {
  const path = (name: string) => join(directory, name);
  const openssl = (...argv: string[]) => run('openssl', argv, { cwd: directory });
  const key = (name: string) => ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', path(name)];
  const authority = ['-x509', '-days', '2', '-subj', '/CN=test authority', '-addext', 'basicConstraints=critical,CA:TRUE'];
  await openssl('req', ...authority, ...key('ca.key'), '-out', path('ca.pem'));
  await openssl('req', '-subj', '/CN=git host', ...key('host.key'), '-out', path('host.csr'));
  await writeFile(path('host.ext'), 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
  const signing = ['-CA', path('ca.pem'), '-CAkey', path('ca.key'), '-CAcreateserial', '-days', '2', '-extfile', path('host.ext')];
  await openssl('x509', '-req', '-in', path('host.csr'), ...signing, '-out', path('host.pem'));
  return { caFile: path('ca.pem'), key: await readFile(path('host.key'), 'utf8'), cert: await readFile(path('host.pem'), 'utf8') };
}
