import test from 'ava';
import { type BindsInput, convertBinds } from '../../src/repository/convert-binds.ts';

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
  const { text, configs, notes } = convertBinds({ text: compose, folder: '/srv/blog', isConfig, accessOf: () => undefined });
  t.deepEqual(configs, ['nginx.conf']);
  t.deepEqual(notes, [
    'web: ./nginx.conf is configuration: the config file nginx.conf at /etc/nginx/nginx.conf',
    'web: ./data is data of this host: mounted as /srv/blog/data',
    'web: ./html is data of this host: mounted as /srv/blog/html',
    'lb: ./nginx.conf is configuration: the config file nginx.conf at /etc/nginx/nginx.conf; it was mounted writable: what the container writes into it now stays in the container, and counts as drift',
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
    t.is(convertBinds({ text, folder: '/srv', isConfig: () => true, accessOf: () => undefined }).text, text);
  }
});

test('a file that not everybody may read keeps its mode and its owner, and both are said', (t) => {
  const convert = (accessOf: BindsInput['accessOf']) =>
    convertBinds({ text: 'services: { db: { volumes: ["./a.conf:/a:z,ro"] } }\n', folder: '/srv', isConfig: () => true, accessOf });
  const owned = convert(() => ({ mode: 0o640, uid: 999, gid: 998 }));
  t.regex(owned.text, /\{ source: a\.conf, target: \/a, uid: "999", gid: "998", mode: "0640" \}/);
  t.deepEqual(owned.notes, [
    'db: ./a.conf is configuration: the config file a.conf at /a, with the mode 0640 and the owner 999:998 that it has here',
  ]);
  t.regex(convert(() => ({ mode: 0o600, uid: 0, gid: 0 })).text, /\{ source: a\.conf, target: \/a, mode: "0600" \}/);
  const various = convert(() => 'various');
  t.regex(various.text, /\{ source: a\.conf, target: \/a \}/);
  t.regex(various.notes.join(), /readable by everybody, which not all of its files were/);
});
