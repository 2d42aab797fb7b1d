import test from 'ava';
import { validate } from '../../src/planning/validate.ts';
import { formatIssue } from '../../src/repository/issues.ts';
import { treeOf } from '../repository/trees.ts';

const root = 'environments: { production: { branch: release }, staging: { branch: main } }';
const compose = `x-windlass:
  variables:
    port: 80
    backends: { cel: "services[env.BACKEND].containers" }
    computed: { cel: "{'a': 1}" }
    password: { secret: db }
configs:
  a: { file: ./a.mustache }
services:
  lb:
    image: haproxy
    environment: { BACKEND: web }
    configs: [{ source: a, target: /a }]
  web: { image: nginx, ports: ["80"] }
`;

const mistakes = (files: Readonly<Record<string, string>>) =>
  validate(treeOf({ 'windlass.yaml': root, 'apps/shop/compose.yaml': compose, ...files })).map(formatIssue);

const inTemplate = (title: string, template: string, ...expected: readonly string[]) =>
  test(title, (t) =>
    t.deepEqual(
      mistakes({ 'apps/shop/a.mustache': template }),
      expected.map((text) => `apps/shop/a.mustache:${text}`),
    ),
  );

inTemplate('a name of no variable and no view', '\n {{prot}}', '2:2: unknown name "prot": did you mean "port"?');
inTemplate('a section of no name, once and for all that is in it', '{{#frontends}}{{ip}}{{/frontends}}', '1:1: unknown name "frontends"');
inTemplate('an inverted section of no name', '{{^nothing}}x{{/nothing}}', '1:1: unknown name "nothing"');
inTemplate('what is behind an inverted section', '{{^port}}{{prot}}{{/port}}', '1:10: unknown name "prot": did you mean "port"?');
inTemplate('a part that a map has not', '{{host.nam}}', '1:1: "host" has no "nam": did you mean "host.name"?');
inTemplate(
  'an environment variable that the container has not',
  '{{env.BACKND}}',
  '1:1: "env" has no "BACKND": did you mean "env.BACKEND"?',
);
inTemplate(
  'a service that is not there',
  '{{#services.wbe.containers}}{{ip}}{{/services.wbe.containers}}',
  '1:1: "services" has no "wbe": did you mean "services.web.containers"?',
);
inTemplate(
  'a mistake in the name of what a member has',
  '{{#services.web.containers}}{{indx}}{{/services.web.containers}}',
  '1:29: unknown name "indx": did you mean "index"?',
);
inTemplate(
  'the same in a formula’s list of members',
  '{{#backends}}{{nme}}{{/backends}}',
  '1:14: unknown name "nme": did you mean "name"?',
);
inTemplate(
  'a list that is printed',
  '{{hosts}}',
  '1:1: "hosts" is a list and cannot be printed: write {{#hosts}}…{{/hosts}} around what each element prints',
);
inTemplate('container.ip, which only verify has', '{{container.ip}}', '1:1: "container" has no "ip"');

for (const fine of [
  '{{port}} {{password}} {{environment}} {{commit}} {{app.name}} {{service.replicas}} {{container.name}} {{host.memory}}',
  '{{#backends}}{{name}} {{ip}} {{endpoints.80.address}}:{{endpoints.80.port}} {{port}}{{/backends}}',
  '{{#hosts}}{{name}} {{labels.role}}{{/hosts}} {{host.labels.tier}} {{services.web.containers.0.name}} {{services.web.containers.length}}',
  '{{#computed}}{{a}}{{b}}{{/computed}}',
  '{{#apps.shop.services.web.containers}}{{index}}{{/apps.shop.services.web.containers}} {{services.web.variables.port}}',
]) {
  inTemplate(`nothing is wrong with ${fine}`, fine);
}

const formula = (cel: string) =>
  mistakes({ 'apps/shop/compose.yaml': compose.replace("{'a': 1}", cel), 'apps/shop/a.mustache': '' }).map((issue) =>
    issue.replace('apps/shop/compose.yaml:5:22: ', ''),
  );

test('names in formulas are looked up too, as far as they are fixed', (t) => {
  t.deepEqual(formula('servces.web.replicas'), ['formula: unknown name "servces.web.replicas": did you mean "services.web.replicas"?']);
  t.deepEqual(formula('env.BAKEND'), ['formula: "env" has no "BAKEND": did you mean "env.BACKEND"?']);
  t.deepEqual(formula("'X' in env ? env.X : string(port)"), []);
  t.deepEqual(formula("env.?X.orValue('')"), []);
  t.deepEqual(formula('services.web.containers.filter(c, c.healthy).map(c, c.ip)'), []);
});

test('a name that only one environment lacks is said of that one', (t) => {
  const files = {
    'environments/staging.yaml': 'variables: { theme: dark }',
    'apps/shop/a.mustache': '{{theme}}',
  };
  t.deepEqual(mistakes(files), ['apps/shop/a.mustache:1:1: unknown name "theme" (in production)']);
});

test('a variable of some host is a name', (t) => {
  t.deepEqual(mistakes({ 'windlass.yaml': `${root}\nhosts: { one: { variables: { rack: b } } }`, 'apps/shop/a.mustache': '{{rack}}' }), []);
});

test('no mistake hides another', (t) => {
  const files = {
    'windlass.yaml': 'environments: { staging: { brnch: main } }\nhosts: { one: { variables: { x: { cel: "1 +" } } } }\n',
    'environments/staging.yaml': 'variables: { y: { cel: "2 +" } }\nvariabls: {}\n',
    'apps/shop/compose.yaml': `${compose.replace("{'a': 1}", '3 +').replace('image: nginx', 'imgae: nginx')}  db: { image: x, image: y, prots: [] }\n`,
    'apps/shop/a.mustache': '{{prot}}{{#backends}}{{nme}}{{/backends}}',
  };
  t.deepEqual(
    mistakes(files).map((issue) => issue.split('\n')[0]),
    [
      'apps/shop/a.mustache:1:1: unknown name "prot": did you mean "port"?',
      'apps/shop/a.mustache:1:22: unknown name "nme": did you mean "name"?',
      'apps/shop/compose.yaml:5:22: formula: Unexpected token: EOF',
      'apps/shop/compose.yaml:14:10: services.web.imgae is unknown; did you mean image?',
      'apps/shop/compose.yaml:15:19: the key image stands here twice',
      'apps/shop/compose.yaml:15:29: services.db.prots is unknown; did you mean ports?',
      'environments/staging.yaml:1:24: formula: Unexpected token: EOF',
      'environments/staging.yaml:2:1: variabls is unknown; did you mean variables?',
      'windlass.yaml:1:28: environments.staging.brnch is unknown; did you mean branch?',
      'windlass.yaml:2:40: formula: Unexpected token: EOF',
    ],
  );
});

test('applications are looked at though windlass.yaml cannot be read at all', (t) => {
  t.deepEqual(
    mistakes({ 'windlass.yaml': 'environments: [', 'apps/shop/a.mustache': '{{prot}}' })[0],
    'apps/shop/a.mustache:1:1: unknown name "prot": did you mean "port"?',
  );
});

test('a mistake in the text of a config stands where the text does, of each of them', (t) => {
  const texts = `configs:
  one: { content: "{{prot}}", template_driver: mustache }
  two:
    template_driver: mustache
    content: |
      fine
        {{prot}}
services:
  web: { image: nginx, configs: [one, two], x-windlass: { variables: { port: 80 } } }
`;
  t.deepEqual(
    validate(treeOf({ 'windlass.yaml': root, 'apps/shop/compose.yaml': texts })).map(formatIssue),
    ['2:19', '7:9'].map((at) => `apps/shop/compose.yaml:${at}: unknown name "prot": did you mean "port"?`),
  );
});
