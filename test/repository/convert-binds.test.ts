import test from 'ava';
import { convertBinds } from '../../src/repository/convert-binds.ts';

const compose = `# The blog.
services:
    web:
        image: nginx   # the usual
        ports: ["80:80"]
        volumes:
            - ./nginx.conf:/etc/nginx/nginx.conf:ro
            - ./data:/data
            - db:/db
            - /etc/localtime:/etc/localtime:ro
            - { type: bind, source: ./html, target: /html }
            - \${FOLDER}/x:/x
    lb:
        image: nginx
        volumes: [./nginx.conf:/etc/nginx/nginx.conf]
        configs: [{ source: other, target: /other }]
volumes: { db: }
configs:
    other: { content: x }
`;

test('configuration becomes config files, other relative binds absolute, and the rest stays as it was written', (t) => {
  const isConfig = (path: string) => path === 'nginx.conf';
  const { text, configs, notes } = convertBinds({ text: compose, folder: '/srv/blog', isConfig });
  t.deepEqual(configs, ['nginx.conf']);
  t.deepEqual(notes, [
    'web: ./nginx.conf is configuration: the config file nginx.conf at /etc/nginx/nginx.conf',
    'web: ./data is data of this host: mounted as /srv/blog/data',
    'web: ./html is data of this host: mounted as /srv/blog/html',
    'lb: ./nginx.conf is configuration: the config file nginx.conf at /etc/nginx/nginx.conf',
  ]);
  t.is(
    text,
    `# The blog.
services:
    web:
        image: nginx # the usual
        ports: ["80:80"]
        volumes:
            - /srv/blog/data:/data
            - db:/db
            - /etc/localtime:/etc/localtime:ro
            - { type: bind, source: /srv/blog/html, target: /html }
            - \${FOLDER}/x:/x
        configs:
            - { source: nginx.conf, target: /etc/nginx/nginx.conf }
    lb:
        image: nginx
        configs: [ { source: other, target: /other }, { source: nginx.conf, target: /etc/nginx/nginx.conf } ]
volumes: { db: }
configs:
    other: { content: x }
    nginx.conf: { file: ./nginx.conf }
`.replace('nginx # the', 'nginx   # the'),
  );
});

test('a file without relative binds, and one that is no YAML, stays byte for byte', (t) => {
  for (const text of ['services: { a: {   image: x } }\n', 'services: [\n', 'a: *nowhere\n', '']) {
    t.is(convertBinds({ text, folder: '/srv', isConfig: () => true }).text, text);
  }
});
