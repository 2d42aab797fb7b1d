/** What `init` says in the files that it writes. */
export interface Layout {
  readonly environment: string;
  readonly branch: string;
  readonly app: string;
  readonly policy: 'mutable' | 'immutable';
  /** The Compose project to take over; undefined: none. */
  readonly adopt: string | undefined;
  /** A person has to approve each deployment. */
  readonly approval: boolean;
}

export type Files = ReadonlyMap<string, string | Uint8Array>;

/** Where `init` puts the JSON Schemas that its files name, so that editors find them without windlass and without a network. */
export const schemasFolder = '.windlass/schemas';

/** The first line of a file of the repository that names its schema. */
export const schemaLine = (schema: string, path: string): string =>
  `# yaml-language-server: $schema=${'../'.repeat(path.split('/').length - 1)}${schemasFolder}/${schema}.json\n`;

/** The files around an application. */
export function commonFiles(layout: Layout): Files {
  return new Map([
    ['windlass.yaml', windlassYaml(layout)],
    [`environments/${layout.environment}.yaml`, environmentYaml(layout)],
    ['.gitignore', '.DS_Store\n*~\n*.swp\n'],
  ]);
}

function windlassYaml({ environment, branch, approval }: Layout): string {
  return `${schemaLine('windlass', 'windlass.yaml')}version: 1

# An environment is a branch of this repository on a set of hosts; without more, every application on every host.
environments:
  ${environment}: { branch: ${JSON.stringify(branch)}${approval ? ', approval: required' : ''} }
`;
}

function environmentYaml({ environment, app, policy, adopt }: Layout): string {
  const adopting =
    adopt === undefined
      ? ''
      : `    # What \`docker compose\` runs as the project ${adopt} is taken over; its networks and volumes are used on under their names.
    # Leave this line in: without it the names of networks and volumes would be others.
    adopt: ${adopt}
`;
  return `${schemaLine('environment', `environments/${environment}.yaml`)}# Variables and policies of ${environment}.
variables: {}
apps:
  ${app}:
${adopting}    # mutable: a change of configuration alone is pushed into running containers; immutable: they are made anew.
    policy: ${policy}
`;
}

/** An application to begin with: one web server, whose page is a template where `example` says so. */
export function exampleFiles(app: string, example: boolean): Files {
  const folder = `apps/${app}`;
  const file = `${folder}/compose.yaml`;
  if (!example)
    return new Map([[file, `${schemaLine('compose', file)}services:\n  web:\n    image: nginx:alpine\n    ports: ["8080:80"]\n`]]);
  return new Map([
    [
      file,
      `${schemaLine('compose', file)}x-windlass:
  variables:
    greeting: Hello

configs:
  index.html: { file: ./index.html.mustache }

services:
  web:
    image: nginx:alpine
    ports: ["8080:80"]
    configs:
      - { source: index.html, target: /usr/share/nginx/html/index.html }
`,
    ],
    [`${folder}/index.html.mustache`, '<h1>{{greeting}} from {{container.name}} on {{host.name}}</h1>\n'],
  ]);
}
