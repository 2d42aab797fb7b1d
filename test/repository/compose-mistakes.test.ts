import test from 'ava';
import { mistakes } from './trees.ts';

const refuses = (title: string, compose: string, ...expected: readonly string[]) =>
  test(title, (t) => {
    t.deepEqual(mistakes(compose), expected);
  });

/** One service `web` with one more line, which is line 4 and starts at column 5. */
const service = (line: string): string => `services:\n  web:\n    image: nginx\n    ${line}\n`;
const inService = (line: string, ...expected: readonly string[]) => refuses(line, service(line), ...expected);

refuses('an empty file', '', '1:1: services is missing');
refuses('no service', 'services: {}', '1:1: services: names no service');
refuses('services as a list', 'services: [a]', '1:1: services: names no service', '1:11: services must be a mapping');
refuses('a service without an image', 'services: { web: {} }', '1:18: services.web needs image or build');
refuses('a service without anything', 'services:\n  web:\n', '2:7: services.web must be a mapping');
refuses('a file that is a list', '- a', '1:1: must be a mapping');
refuses('a mistyped key at the top', 'servces: {}\nservices: { web: { image: a } }', '1:1: servces is unknown; did you mean services?');
refuses(
  "a service's name with a space",
  'services: { "a b": { image: a } }',
  '1:1: services: names no service',
  '1:13: services.a b: a service\'s name has letters, digits, ".", "-" and "_", starts with a letter or digit and has at most 63 characters',
);
refuses('a mistyped x-windlass', 'x-windlas: {}\nservices: { web: { image: a } }', '1:1: x-windlas is unknown; did you mean x-windlass?');
refuses(
  'x-windlass where it means nothing',
  'services: { web: { image: a, deploy: { x-windlass: {} } } }',
  '1:40: services.web.deploy.x-windlass has no meaning here; it stands at the top of compose.yaml or in a service',
);
refuses(
  'several mistakes, all at once',
  'services:\n  a:\n    imgae: x\n    prots: []\n  b:\n    image: x\n    links: [a]\n    restart: sometimes\n',
  '3:5: services.a.imgae is unknown; did you mean image?',
  '4:5: services.a.prots is unknown; did you mean ports?',
  '7:5: services.b.links is not carried out: a service is known by its name on every network that it shares; write further names as networks: { default: { aliases: […] } }',
  '8:14: services.b.restart must be one of no, always, unless-stopped, on-failure, on-failure:N, not "sometimes"',
);

inService('constructor: 1', '4:5: services.web.constructor is unknown');
inService('toString: 1', '4:5: services.web.toString is unknown');
inService('__proto__: { image: x }', '4:5: the key __proto__ is not allowed');
inService('command: "echo \'a"', '4:14: services.web.command has a quote that is not closed: "echo \'a"');
inService('command: { a: b }', '4:14: services.web.command must be text');
inService(
  'environment: [A=1, HOME]',
  '4:24: services.web.environment[1] "HOME" has no value, and windlass does not pass on its own environment',
);
inService(
  'environment: { A: 1, HOME: }',
  '4:26: services.web.environment.HOME has no value, and windlass does not pass on its own environment',
);
inService('environment: { "A=B": 1 }', '4:20: services.web.environment.A=B is no name of a variable');
inService('environment: { A: [1] }', '4:23: services.web.environment.A must be text');
inService('labels: { windlass.app: x }', '4:13: services.web.labels has the label windlass.app, which windlass sets itself');
inService(
  'labels: [com.docker.compose.project=x]',
  '4:13: services.web.labels has the label com.docker.compose.project, which windlass sets itself',
);

inService('ports: [80:90:100:110]', '4:13: services.web.ports[0] must be [IP:][PUBLISHED:]TARGET[/PROTOCOL], not "80:90:100:110"');
inService(
  'ports: ["8000-8010:80"]',
  '4:13: services.web.ports[0] has ranges of different lengths; to have one chosen, leave out the published port',
);
inService('ports: ["70000:80"]', '4:13: services.web.ports[0] has "70000" where a port or a range from 1 to 65535 belongs');
inService('ports: ["80/sctp"]', '4:13: services.web.ports[0] has the protocol "sctp"; tcp and udp are carried out');
inService('ports: [{ published: 80 }]', '4:13: services.web.ports[0] needs target');
inService('expose: [x]', '4:14: services.web.expose[0] must be PORT[/PROTOCOL], not "x"');

inService(
  'volumes: [./data:/data]',
  '4:15: services.web.volumes[0] binds "./data", which is not on the host: a file of the repository reaches a container by configs:',
);
inService(
  'volumes: ["~/data:/data"]',
  '4:15: services.web.volumes[0] binds "~/data", which is not on the host: a file of the repository reaches a container by configs:',
);
inService('volumes: [data:/data]', '4:15: services.web.volumes[0] names the volume "data", which is not under volumes:');
inService('volumes: [/data:relative]', '4:15: services.web.volumes[0] must be an absolute path in the container, not "relative"');
inService(
  'volumes: [/a:/b:x]',
  '4:15: services.web.volumes[0] has the mode "x"; ro, rw, z, Z, nocopy and private, rprivate, shared, rshared, slave, rslave are carried out',
);
inService('volumes: [/a:/b, /c:/b/]', '4:14: services.web.volumes mounts /b twice');
inService(
  'volumes: [{ type: bind, source: a, target: /b }]',
  '4:15: services.web.volumes[0] binds "a", which is not on the host: a file of the repository reaches a container by configs:',
);
inService(
  'volumes: [{ type: npipe, source: a, target: /b }]',
  '4:23: services.web.volumes[0].type must be one of volume, bind, tmpfs, not "npipe"',
);
inService('volumes: [{ type: tmpfs, source: a, target: /b }]', '4:15: services.web.volumes[0] is a tmpfs and has no source');
inService('tmpfs: /run:colour=1', '4:12: services.web.tmpfs has the option "colour=1", which is none of a tmpfs');

inService('networks: [backend]', '4:16: services.web.networks[0] names the network "backend", which is not under networks:');
inService(
  'network_mode: "service:db"',
  '4:19: services.web.network_mode is "service:db": a container that borrows the network of another one loses it with every replacement of that; put both on a network, where they know each other by name',
);
inService('depends_on: [db]', '4:18: services.web.depends_on[0] names "db", which is not under services:');
inService('depends_on: [web]', '2:3: services.web waits for itself: web → web');
inService(
  'depends_on: { web: { condition: service_healthy, restart: true } }',
  '2:3: services.web waits for itself: web → web',
  '4:54: services.web.depends_on.web.restart is not carried out: let the program connect again by itself, or render what it needs into a config file with action: restart',
);
refuses(
  'services that wait for each other',
  'services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [c] }\n  c: { image: x, depends_on: [a] }\n  d: { image: x, depends_on: [a] }\n',
  '2:3: services.a waits for itself: a → b → c → a',
  '3:3: services.b waits for itself: b → c → a → b',
  '4:3: services.c waits for itself: c → a → b → c',
);

inService('healthcheck: { test: [curl, x] }', '4:26: services.web.healthcheck.test must be [CMD, program, …], [CMD-SHELL, line] or [NONE]');
inService(
  'healthcheck: { interval: 10 }',
  '4:30: services.web.healthcheck.interval must be a duration, for example 10s or 1m30s, not "10"',
);
inService('stop_signal: SIGNOPE', '4:18: services.web.stop_signal must be a signal, for example HUP or USR2, not "SIGNOPE"');
inService('mem_limit: much', '4:16: services.web.mem_limit must be a size, for example 512m, not "much"');
inService('cpus: -1', '4:11: services.web.cpus must be a number of processors, not "-1"');
inService('init: yes', '4:11: services.web.init must be true or false, not "yes"');
inService('extra_hosts: [x]', '4:19: services.web.extra_hosts[0] must be NAME:ADDRESS, not "x"');
inService(
  'pull_policy: daily',
  '4:18: services.web.pull_policy is "daily": windlass pulls when it deploys, by no calendar; write always, and deploy when it should look',
);

inService('deploy: { replicas: three }', '4:25: services.web.deploy.replicas must be a whole number from 0 to 1000, not "three"');
inService('deploy: { replicas: 1.5 }', '4:25: services.web.deploy.replicas must be a whole number from 0 to 1000, not "1.5"');
inService(
  'deploy: { update_config: { max_failure_ratio: 1.5 } }',
  '4:51: services.web.deploy.update_config.max_failure_ratio must be a share from 0 to 1, for example 0.1, not "1.5"',
);
inService(
  'deploy: { update_config: { failure_action: stop } }',
  '4:48: services.web.deploy.update_config.failure_action must be one of rollback, pause, continue, not "stop"',
);
inService(
  'deploy: { update_config: { order: random } }',
  '4:39: services.web.deploy.update_config.order must be one of start-first, stop-first, not "random"',
);
inService(
  'deploy: { placement: { constraints: [node.role == manager] } }',
  '4:42: services.web.deploy.placement.constraints[0] must be node.hostname or node.labels.KEY, == or !=, and a value, not "node.role == manager"',
);

inService('configs: [a]', '4:15: services.web.configs[0] names "a", which is not under configs: at the top');
inService('env_file: missing.env', '4:15: services.web.env_file names apps/shop/missing.env, which is not in the repository');
inService('env_file: ../../../etc/passwd', '4:15: services.web.env_file leaves the repository: "../../../etc/passwd"');
inService(
  'env_file: [{ path: a, format: xml }]',
  '4:16: services.web.env_file[0] names apps/shop/a, which is not in the repository',
  '4:35: services.web.env_file[0].format must be raw, not "xml"',
);
inService('user: "${WHO}"', '4:11: ${WHO} is not set: neither a variable of the service nor in .env');
inService('user: "a$"', '4:11: "$" is no variable reference; write $$ for a dollar sign');
