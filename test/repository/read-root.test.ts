import test from 'ava';
import { formatIssue } from '../../src/repository/issues.ts';
import { readImages } from '../../src/repository/read-images.ts';
import { readRoot } from '../../src/repository/read-root.ts';
import { treeOf } from './trees.ts';

const minimal = 'environments: { staging: { branch: main } }\n';

test('environments, hosts and sources are read', (t) => {
  const { root, issues } = readRoot(
    treeOf({
      'windlass.yaml': `version: 1
environments:
  staging: { branch: main, approval: none }
  production: { branch: release/1, apps: [shop], hosts: { tier: prod }, sources: { shop: release }, approval: required }
hosts:
  web-1: { labels: { role: web, rack: 0755 }, variables: { rack: b, weight: { cel: "1 + 1" } } }
  web-2:
sources:
  shop: { url: "https://git.example.com/acme/shop.git", provider: gitlab }
`,
    }),
  );
  t.deepEqual(issues, []);
  t.deepEqual(root, {
    environments: [
      {
        name: 'production',
        branch: 'release/1',
        apps: ['shop'],
        hosts: { tier: 'prod' },
        sources: { shop: 'release' },
        approval: 'required',
      },
      { name: 'staging', branch: 'main', apps: undefined, hosts: undefined, sources: {} },
    ],
    hosts: [
      {
        name: 'web-1',
        labels: { rack: '0755', role: 'web' },
        variables: {
          rack: { kind: 'constant', value: 'b' },
          weight: { kind: 'formula', cel: '1 + 1', place: { file: 'windlass.yaml', line: 6, column: 84 } },
        },
      },
      { name: 'web-2', labels: {}, variables: {} },
    ],
    sources: [{ name: 'shop', url: 'https://git.example.com/acme/shop.git', branch: 'main', provider: 'gitlab' }],
  });
});

test('without windlass.yaml it says what to write', (t) => {
  const { root, issues } = readRoot(treeOf({}));
  t.is(root, undefined);
  t.deepEqual(issues.map(formatIssue), [
    'windlass.yaml:1:1: this file is missing; write it with at least: environments: { staging: { branch: main } }',
  ]);
});

const refuses = (title: string, text: string, ...expected: readonly string[]) =>
  test(title, (t) => {
    const tree = treeOf({ 'windlass.yaml': text });
    const issues = [...readRoot(tree).issues, ...readImages(tree).issues].map(formatIssue);
    t.deepEqual(
      [...new Set(issues)],
      expected.map((issue) => `windlass.yaml:${issue}`),
    );
  });

refuses('no environments', 'version: 1\n', '1:1: environments is missing');
refuses('an empty list of environments', 'environments: {}\n', '1:1: environments: names no environment');
refuses('an environment without a branch', 'environments:\n  staging: {}\n', '2:12: environments.staging needs branch');
refuses(
  'an approval that nobody would ask for',
  'environments: { a: { branch: main, approval: yes } }',
  '1:46: environments.a.approval must be one of none, required, not "yes"',
);
refuses(
  'a branch that Git would not take',
  'environments: { a: { branch: --upload-pack=x } }',
  '1:30: environments.a.branch must be the name of a branch, not "--upload-pack=x"',
);
refuses('a mistyped key', 'enviroments: { a: { branch: main } }', '1:1: enviroments is unknown; did you mean environments?');
refuses(
  'variables in the wrong file',
  'environments: { a: { branch: main, variables: {} } }',
  '1:36: environments.a.variables belongs into environments/a.yaml',
);
refuses(
  "an environment's name with capitals",
  'environments: { Staging: { branch: main } }',
  `1:1: environments: names no environment`,
  `1:17: environments.Staging: an environment's name has lower-case letters, digits, "-" and "_", starts with a letter or digit and has at most 40 characters`,
);
refuses('a future version', `version: 2\n${minimal}`, '1:10: version must be 1');
refuses(
  'a source that is none',
  `environments: { a: { branch: main, sources: { shop: x } } }\nsources: { shpo: { url: u } }\n`,
  '1:47: environments.a.sources.shop is not under sources:; did you mean shpo?',
);
refuses(
  'a source called config',
  `${minimal}sources: { config: { url: u } }\n`,
  '2:12: sources.config is the repository itself; give the source another name',
);
refuses(
  'an unknown provider',
  `${minimal}sources: { s: { url: u, provider: svn } }\n`,
  '2:35: sources.s.provider must be one of github, gitlab, gitea, bitbucket, standard, not "svn"',
);
refuses(
  'a variable with a name of the view',
  `${minimal}hosts: { h: { variables: { host: 1 } } }\n`,
  '2:28: hosts.h.variables.host is a name that windlass gives to templates itself; choose another one',
);
refuses(
  'a variable that no template could name',
  `${minimal}hosts: { h: { variables: { a-b: 1 } } }\n`,
  '2:28: hosts.h.variables.a-b is no name for a variable: letters, digits and "_", not starting with a digit',
);
refuses(
  'a number that loses digits',
  `${minimal}hosts: { h: { variables: { n: 12345678901234567890 } } }\n`,
  '2:31: hosts.h.variables.n 12345678901234567890 is too large for a number; write it in quotes',
);
refuses(
  'a secret that is a path',
  `${minimal}hosts: { h: { variables: { n: { secret: ../x } } } }\n`,
  '2:31: hosts.h.variables.n names a secret by its file\'s name: letters, digits, ".", "-" and "_"',
);

refuses('an image without a context', `${minimal}images: [{ name: a }]\n`, '2:10: images[0] needs context');
refuses(
  'an image outside of the repository',
  `${minimal}images: [{ name: a, context: ../x }]\n`,
  '2:30: images[0].context leaves the repository: "../x"',
);
refuses(
  'a Dockerfile outside of the repository',
  `${minimal}images: [{ name: a, context: x, dockerfile: ../../D }]\n`,
  '2:10: images[0] has its Dockerfile outside of the repository: "../../D"',
);
refuses(
  'two tags',
  `${minimal}images: [{ name: "a:1", context: x, tag: b }]\n`,
  '2:18: images[0].name has a tag already; leave out either that or tag:',
);
refuses(
  'an image declared twice',
  `${minimal}images:\n  - { name: a, context: x }\n  - { name: "a:latest", context: y }\n`,
  '4:5: images: a:latest is declared twice',
);
refuses(
  'a matrix with one tag for all',
  `${minimal}images: [{ name: a, context: x, matrix: { v: [1, 2] } }]\n`,
  '2:10: images[0] must differ for each of the 2 combinations of matrix',
);
refuses(
  'a placeholder that is no key',
  `${minimal}images: [{ name: a, context: x, matrix: { jre: [7] }, tag: "{{jer}}" }]\n`,
  '2:60: images[0].tag has {{jer}}, which is no key of matrix; did you mean jre?',
);
refuses(
  'a matrix without end',
  `${minimal}images: [{ name: a, context: x, matrix: { a: [${'1,'.repeat(20)}], b: [${'1,'.repeat(20)}] }, tag: "{{a}}{{b}}" }]\n`,
  '2:41: images[0].matrix makes 400 images; at most 200 are carried out',
);
refuses(
  'a tag that windlass makes itself',
  `${minimal}images: [{ name: a, context: x, tag: windlass-1 }]\n`,
  '2:38: images[0].tag has "windlass-1", which is no tag',
);

test('a matrix is spread into every combination', (t) => {
  const { images, issues } = readImages(
    treeOf({
      'windlass.yaml': `${minimal}images:
  - { name: acme/base, context: images/base }
  - { name: "docker.io/library/web:1.2", source: shop, context: ., network: host, target: run, args: { V: 1.10 } }
  - { name: tomcat, context: "images/{{jre}}", matrix: { tomcat: ["8", "9"], jre: [7, 8] },
      args: { JRE: "{{jre}}", BOTH: "{{ tomcat }}/{{jre}}" }, tag: "{{tomcat}}-jre-{{jre}}" }
`,
    }),
  );
  t.deepEqual(issues, []);
  const common = { source: 'config', dockerfile: 'Dockerfile', target: undefined, network: undefined };
  const place = { file: 'windlass.yaml', line: 5, column: 5 };
  const tomcat = (jre: string, version: string) => ({
    ...common,
    name: 'tomcat',
    tag: `${version}-jre-${jre}`,
    context: `images/${jre}`,
    args: { BOTH: `${version}/${jre}`, JRE: jre },
    place,
  });
  t.deepEqual(images, [
    { ...common, name: 'acme/base', tag: 'latest', context: 'images/base', args: {}, place: { ...place, line: 3 } },
    {
      ...common,
      name: 'web',
      tag: '1.2',
      source: 'shop',
      context: '',
      network: 'host',
      target: 'run',
      args: { V: '1.10' },
      place: { ...place, line: 4 },
    },
    tomcat('7', '8'),
    tomcat('7', '9'),
    tomcat('8', '8'),
    tomcat('8', '9'),
  ]);
});
