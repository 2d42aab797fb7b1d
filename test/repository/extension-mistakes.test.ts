import test from 'ava';
import { mistakes } from './trees.ts';

const refuses = (title: string, compose: string, ...expected: readonly string[]) =>
  test(title, (t) => {
    t.deepEqual(mistakes(compose), expected);
  });

/** One service `web` with one more line, which is line 4 and starts at column 5. */
const service = (line: string): string => `services:\n  web:\n    image: nginx\n    ${line}\n`;
const inService = (line: string, ...expected: readonly string[]) => refuses(line, service(line), ...expected);

inService('x-windlass: { policy: mutabel }', '4:27: services.web.x-windlass.policy must be one of mutable, immutable, not "mutabel"');
inService(
  'x-windlass: { canary: { containers: 10 % } }',
  '4:41: services.web.x-windlass.canary.containers must be a number of containers or a share of them, for example 1 or "10%", not "10 %"',
);
inService(
  'x-windlass: { canary: { pause: later } }',
  '4:36: services.web.x-windlass.canary.pause must be manual, or a duration, for example 30s or 5m, not "later"',
);
inService('x-windlass: { guard: { minimum_members: 1, maximum_shrink: 50% } }');
inService('x-windlass: { shadow: true }', '4:19: services.web.x-windlass.shadow is unknown');
inService('x-windlass: { guard: {} }', '4:26: services.web.x-windlass.guard needs minimum_members or maximum_shrink');
inService('x-windlass: { guard: { minimum: 1 } }', '4:28: services.web.x-windlass.guard.minimum is unknown');
inService(
  'x-windlass: { guard: { minimum_members: -1, maximum_shrink: 101% } }',
  '4:45: services.web.x-windlass.guard.minimum_members must be a whole number of at least 0, not "-1"',
  '4:65: services.web.x-windlass.guard.maximum_shrink must be a percentage, for example 50%, not "101%"',
);
refuses(
  'a guard of an application has no meaning',
  'services:\n  web:\n    image: nginx\nx-windlass: { guard: { minimum_members: 1 } }\n',
  '4:15: x-windlass.guard has no meaning here; it stands in a service',
);
inService(
  'x-windlass: { variables: { env: x } }',
  '4:32: services.web.x-windlass.variables.env is a name that windlass gives to templates itself; choose another one',
);
inService('x-windlass: { variables: { f: { cel: "1", secret: a } } }', '4:47: services.web.x-windlass.variables.f.secret is unknown');
inService(
  'x-windlass: { on_config_change: { check: "nginx -t" } }',
  '4:46: services.web.x-windlass.on_config_change.check must be a list of arguments, for example ["nginx", "-t"]',
);
inService('x-windlass: { on_config_change: { check: [] } }', '4:46: services.web.x-windlass.on_config_change.check must name a program');
inService(
  'x-windlass: { on_config_change: { action: reload } }',
  '4:47: services.web.x-windlass.on_config_change.action must be one of none, restart, recreate, not "reload"',
);
inService(
  'x-windlass: { on_config_change: { action: { exec: [reload], process: nginx } } }',
  '4:47: services.web.x-windlass.on_config_change.action has a process, which belongs to signal',
);
inService(
  'x-windlass: { on_config_change: { action: { script: ./x.sh } } }',
  '4:57: services.web.x-windlass.on_config_change.action.script names apps/shop/x.sh, which is no file of the repository',
);
inService(
  'x-windlass: { on_config_change: { action: { script: ../../../x.sh } } }',
  '4:57: services.web.x-windlass.on_config_change.action.script leaves the repository: "../../../x.sh"',
);
test('a script is taken as it is, has an end, and is found by its name', (t) => {
  const found = mistakes(service('x-windlass: { on_config_change: { action: { script: relaod.sh } } }'), { 'apps/shop/reload.sh': '' });
  t.regex(found[0] ?? '', /which is no file of the repository; did you mean apps\/shop\/reload.sh\?$/);
  const compose = service('x-windlass: { on_config_change: { action: { script: ./x } } }').replace('./x', './x.sh.mustache');
  t.deepEqual(mistakes(compose, { 'apps/shop/x.sh.mustache': '' }), [
    '4:57: services.web.x-windlass.on_config_change.action.script names a template, and a script is taken as it is; have it read a config file instead',
  ]);
  const large = { 'apps/shop/x': '#'.repeat(1024 * 1024 + 1) };
  t.deepEqual(mistakes(service('x-windlass: { on_config_change: { action: { script: ./x } } }'), large), [
    '4:57: services.web.x-windlass.on_config_change.action.script names apps/shop/x, which is larger than 1048576 bytes',
  ]);
});
inService(
  'x-windlass: { on_config_change: { action: { signal: HUP, exec: [x] } } }',
  '4:47: services.web.x-windlass.on_config_change.action needs exactly one of signal, exec, script',
);
inService(
  'x-windlass: { on_config_change: { action: {} } }',
  '4:47: services.web.x-windlass.on_config_change.action needs exactly one of signal, exec, script',
);
inService(
  'x-windlass: { on_config_change: { verify: { within: 1s } } }',
  '4:47: services.web.x-windlass.on_config_change.verify needs exactly one of http, tcp, exec',
);
inService(
  'x-windlass: { on_config_change: { verify: { http: "localhost:80" } } }',
  '4:55: services.web.x-windlass.on_config_change.verify.http must be a URL, for example http://{{container.ip}}:8080/health, not "localhost:80"',
);
inService(
  'x-windlass: { on_config_change: { verify: { tcp: 80, status: 200 } } }',
  '4:47: services.web.x-windlass.on_config_change.verify has a status, which belongs to http',
);
inService(
  'x-windlass: { on_config_change: { verify: { tcp: 80, body: ok } } }',
  '4:47: services.web.x-windlass.on_config_change.verify has a body, which belongs to http',
);
inService(
  'x-windlass: { on_config_change: { verify: { tcp: 80, retries: -1 } } }',
  '4:67: services.web.x-windlass.on_config_change.verify.retries must be a whole number from 0 to 1000, not "-1"',
);
inService(
  'x-windlass: { on_config_change: { settle: { min: 5s, max: 1s } } }',
  '4:47: services.web.x-windlass.on_config_change.settle has a min above its max',
);
inService('x-windlass: { on_config_change: { configs: [a] } }', '4:37: services.web reacts to "a", which is not under configs: at the top');
refuses(
  'drain for a whole application',
  'x-windlass: { drain: 1s }\nservices: { web: { image: a } }',
  '1:15: x-windlass.drain has no meaning here; it stands in a service',
);

/** Two configs of which the service has what `configs` says; the last line is line 7. */
const withConfigs = (configs: string, line = '') =>
  `configs:\n  a: { content: a }\n  b: { content: b }\nservices:\n  web:\n    image: x\n    configs: ${configs}\n    ${line}\n`;
const inConfigs = (configs: string, line: string, ...expected: readonly string[]) =>
  refuses(`${configs} ${line}`, withConfigs(configs, line), ...expected);

inConfigs(
  '[{ source: a, target: etc/a }]',
  '',
  '7:36: services.web.configs[0].target must be an absolute path in the container, not "etc/a"',
);
inConfigs(
  '[{ source: a, target: /etc/../a }]',
  '',
  '7:36: services.web.configs[0].target must be an absolute path in the container, not "/etc/../a"',
);
inConfigs('[{ source: a, target: /x }, { source: b, target: /x/ }]', '', '7:14: services.web.configs puts two files at /x');
inConfigs('[{ source: a, mode: 644 }]', '', '7:34: services.web.configs[0].mode is 644, which YAML reads as a decimal number; write 0644');
inConfigs('[{ source: a, mode: rw-r }]', '', '7:34: services.web.configs[0].mode must be an octal mode, for example 0644, not "rw-r"');
inConfigs('[{ source: a, uid: root }]', '', '7:33: services.web.configs[0].uid must be a number, not "root"');
inConfigs('[c]', '', '7:15: services.web.configs[0] names "c", which is not under configs: at the top');
inConfigs(
  '[a, b]',
  'x-windlass: { on_config_change: { check: [t, "{{staged}}"] } }',
  '8:37: services.web checks {{staged}}, but there are several files: write {{staged:a}} or {{staged:b}}',
);
inConfigs(
  '[a]',
  'x-windlass: { on_config_change: { check: [t, "{{staged:b}}"] } }',
  '8:37: services.web checks {{staged:b}}, which is none of a',
);
for (const verify of ['tcp: 80', 'http: "http://{{container.ip}}/"']) {
  inConfigs(
    '[a]',
    `network_mode: none\n    x-windlass: { on_config_change: { verify: { ${verify} } } }`,
    '9:37: services.web verifies at an address, which a container with network_mode: none does not have; use verify: { exec: [argv] }',
  );
}
inConfigs('[a]', 'network_mode: host\n    x-windlass: { on_config_change: { verify: { tcp: 80 } } }');
inConfigs('[a]', 'network_mode: none\n    x-windlass: { on_config_change: { verify: { http: "http://10.0.0.1/" } } }');

refuses(
  'a config that is nowhere',
  'configs: { a: { file: ./a } }\nservices: { web: { image: x } }',
  '1:23: configs.a.file names apps/shop/a, which is neither a file nor a folder of the repository',
);
refuses(
  'a config out of the repository',
  'configs: { a: { file: ../../../a } }\nservices: { web: { image: x } }',
  '1:23: configs.a.file leaves the repository: "../../../a"',
);
refuses(
  'a config of two kinds',
  'configs: { a: { file: x, content: y } }\nservices: { web: { image: x } }',
  '1:15: configs.a needs either file or content',
);
refuses(
  'an unknown template driver',
  'configs: { a: { content: y, template_driver: golang } }\nservices: { web: { image: x } }',
  '1:46: configs.a.template_driver must be mustache, not "golang"',
);
refuses(
  'a config from the environment',
  'configs: { a: { environment: X } }\nservices: { web: { image: x } }',
  '1:17: configs.a.environment is not carried out: windlass does not pass on its own environment; write content: with a ${VARIABLE}',
);
refuses(
  'an external network with a driver',
  'networks: { a: { external: true, driver: x } }\nservices: { web: { image: x } }',
  '1:16: networks.a is external and cannot have driver',
);
refuses(
  'a network with a configured address range',
  'networks: { a: { ipam: { config: [{ subnet: 10.0.0.0 }] } } }\nservices: { web: { image: x } }',
  '1:45: networks.a.ipam.config[0].subnet must be a range of addresses, for example 172.28.0.0/16, not "10.0.0.0"',
);
refuses(
  'build from elsewhere',
  'services: { web: { build: "https://example.com/x.git" } }',
  '1:27: services.web.build must be a folder of the repository, not "https://example.com/x.git"',
);
refuses(
  'build with what is not carried out',
  'services: { web: { build: { context: ., ssh: [x] } } }',
  '1:41: services.web.build.ssh is not carried out: the builder has no keys; fetch in a source of windlass.yaml, or over HTTPS',
);

const others = (title: string, files: Readonly<Record<string, string>>, ...expected: readonly string[]) =>
  test(title, (t) => {
    t.deepEqual(mistakes('services: { web: { image: x } }', files), expected);
  });

others(
  'a mistyped application in environments/',
  { 'environments/staging.yaml': 'apps: { shpo: {} }' },
  'environments/staging.yaml:1:9: apps.shpo is no application: there is no apps/shpo; did you mean shop?',
);
others(
  'a mistyped service in environments/',
  { 'environments/staging.yaml': 'apps: { shop: { services: { wbe: { replicas: 2 } } } }' },
  'environments/staging.yaml:1:29: apps.shop.services.wbe is no service of this application; did you mean web?',
);
others(
  'a key too many in environments/',
  { 'environments/staging.yaml': 'apps: { shop: { services: { web: { image: y } } } }' },
  'environments/staging.yaml:1:36: apps.shop.services.web.image is unknown',
);
others(
  'a canary in environments/',
  { 'environments/staging.yaml': 'apps: { shop: { canary: {} } }' },
  'environments/staging.yaml:1:17: apps.shop.canary stands in a service, under services:',
);
others(
  'no YAML in environments/',
  { 'environments/staging.yaml': 'a: [' },
  'environments/staging.yaml:1:5: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
);
others(
  'a bad line in .env',
  { 'apps/shop/.env': 'A=1\nB\n' },
  'apps/shop/.env:2:1: a line is NAME=value; windlass does not pass on its own environment',
);

test('an image with a tag that windlass.yaml does not build', (t) => {
  const root = 'environments: { staging: { branch: main } }\nimages: [{ name: web, context: a, tag: v1 }]\n';
  t.deepEqual(mistakes('services: { web: { image: "web:v2" } }', { 'windlass.yaml': root }), [
    '1:27: services.web.image names web:v2, but windlass.yaml builds web with v1',
  ]);
});

test('each file belongs to its first reaction, which is what {{staged}} then means', (t) => {
  const compose = `x-windlass: { on_config_change: { check: [t, "{{staged}}"] } }
x-windows: { anything: goes }
${withConfigs('[a, b]', 'x-windlass: { on_config_change: { configs: [a], check: [t, "{{staged}}"] } }')}`;
  t.deepEqual(mistakes(compose), []);
});
