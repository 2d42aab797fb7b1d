import test from 'ava';
import { isInitialFile } from '../../src/repository/initial-files.ts';

const initial = (paths: readonly string[]) => paths.filter((path) => isInitialFile(path, '100644'));

test('declarations, templates and Dockerfiles are read before anybody asks, what images are made from is not', (t) => {
  const yes = [
    'windlass.yaml',
    'apps/shop/compose.yaml',
    'apps/shop/deep/er/file',
    'templates/nginx.conf',
    'environments/staging.yaml',
    'images/base/Dockerfile',
    'Dockerfile',
    'images/base/Dockerfile.debian',
    'images/web.Dockerfile',
    'images/web.dockerfile',
    'images/base/.dockerignore',
    'images/base/Dockerfile.dockerignore',
    'elsewhere/nginx.conf.mustache',
  ];
  const no = [
    'images/base/windlass.yaml',
    'environments/deep/staging.yaml',
    'my-apps/shop/compose.yaml',
    'images/base/aDockerfile',
    'images/.dockerfile',
    'images/x.dockerfiles',
    'elsewhere/.mustache',
    'site/index.html',
  ];
  t.deepEqual(initial([...yes, ...no]), yes);
  t.false(isInitialFile('apps/shop/link', '120000'));
});
