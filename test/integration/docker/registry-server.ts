/** Run as a process of its own: a registry that serves the blobs and manifests of a folder to whoever logs in as `me:pass`. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, join } from 'node:path';

const [directory = '', port = ''] = process.argv.slice(2);
const login = `Basic ${Buffer.from('me:pass').toString('base64')}`;

createServer(async (request, response) => {
  response.setHeader('Docker-Distribution-Api-Version', 'registry/2.0');
  if (request.headers.authorization !== login) {
    response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="test"' }).end();
    return;
  }
  const path = request.url ?? '';
  if (path === '/v2/') return void response.end('{}');
  const bytes = await readFile(join(directory, basename(path))).catch(() => undefined);
  if (!bytes) return void response.writeHead(404, { 'Content-Type': 'application/json' }).end('{"errors": [{"code": "MANIFEST_UNKNOWN"}]}');
  const manifest = path.includes('/manifests/');
  response.setHeader('Content-Type', manifest ? 'application/vnd.docker.distribution.manifest.v2+json' : 'application/octet-stream');
  response.setHeader('Content-Length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}).listen(Number(port), '127.0.0.1', () => console.log('listening'));
