/**
 * windlass's own keys, each with what an editor says of it. The readers take the keys that they know from here, and the JSON Schemas
 * under schemas/ are made from it.
 */
export const rootKeys = {
  version: 'The format of this file: 1.',
  environments: 'Staging, production: each a branch of this repository, hosts and applications. Read at the HEAD branch.',
  hosts: 'Labels and variables of hosts. A host need not be listed to be used.',
  images: 'What windlass builds. Read at the branch of the environment.',
  sources: 'Further repositories that images are built from.',
};

export const environmentKeys = {
  branch: 'The branch that the environment follows.',
  apps: 'The applications that it has; all of them by default.',
  hosts: 'Labels that a host must have to be used; every host by default.',
  sources: 'By source, a branch other than its own.',
  approval: 'required: a person approves every plan before it is carried out.',
  on_lost_host: 'hold: a deployment waits for a host that is lost; skip: it goes on without. hold by default.',
};

export const hostKeys = {
  labels: 'Over the labels that the agent was started with.',
  variables: 'The strongest variables of what runs there.',
};

export const sourceKeys = {
  url: 'Where the repository is.',
  branch: 'main by default.',
  provider: 'Whose webhooks it gets; standard by default.',
};

export const imageKeys = {
  name: 'NAME or NAME:TAG.',
  context: 'The folder that it is built from.',
  dockerfile: 'Relative to the context; Dockerfile by default.',
  args: 'Build arguments.',
  target: 'The stage to build; the last one by default.',
  tag: 'latest by default. {{key}} is a value of matrix.',
  matrix: 'Lists of values by key: one image for each combination.',
  source: 'The source that context and Dockerfile are from; this repository by default.',
  network: 'What RUN steps use.',
  keep: 'How many builds of it stay; 5 by default.',
};

export const environmentFileKeys = {
  variables: 'For every application of the environment.',
  profiles: 'The Compose profiles that are on, for every application.',
  apps: 'What is different here, by application.',
};

export const applicationKeys = {
  policy: 'What a change of configuration alone does: a push into the running container, or a recreate.',
  drift: 'What becomes of a config file that somebody else has changed in its container: repair, report or ignore.',
  adopt: 'The Compose project whose containers the application takes over.',
  variables: 'For all services of the application.',
  profiles: 'The Compose profiles that are on, for this application.',
  services: 'What is different here, by service.',
};

export const serviceKeys = {
  policy: 'What a change of configuration alone does.',
  drift: 'What becomes of a config file that somebody else has changed in its container: repair, report or ignore.',
  replicas: 'How many containers it has here.',
  guard: 'Over the guard of the service, key by key.',
  canary: 'Over the canary of the service, key by key; containers: 0 takes it away.',
  variables: 'For this service.',
};

export const applicationExtensionKeys = {
  policy: 'What a change of configuration alone does; immutable by default.',
  drift: 'What becomes of a config file that somebody else has changed in its container: repair, report or ignore; repair by default.',
  variables: 'Constants, { cel: FORMULA } or { secret: NAME }.',
  on_config_change: 'How new config files are checked and take effect, for all services.',
};

export const serviceExtensionKeys = {
  policy: 'What a change of configuration alone does; the one of the application by default.',
  drift:
    'What becomes of a config file that somebody else has changed in its container: repair, report or ignore; what the application says by default.',
  variables: 'Constants, { cel: FORMULA } or { secret: NAME }.',
  on_config_change: 'How new config files are checked and take effect.',
  drain: 'Out of every rendered list this long before a container stops.',
  guard: 'Lists of containers that config files are not installed with; the last good file stays.',
  canary: 'The first containers that a new revision reaches, and the pause behind them.',
};

export const canaryKeys = {
  containers: 'How many, or a share as "10%", rounded up; 1 by default.',
  pause: 'How long the others wait, or manual: for windlass canary continue. 0s by default.',
};

export const reactionKeys = {
  configs: 'The files it is for, by their names under configs:; all by default.',
  check: 'A command as a list; {{staged}} is the candidate. Without it the check runs in a shadow container.',
  action: 'What makes the new file take effect.',
  verify: 'How it is found out that the service is well afterwards.',
  settle: 'How long to wait for quiet before rendering again after a discovery.',
};

export const actionKeys = {
  signal: 'Sent to the main process, for example HUP.',
  process: 'Beside signal: the name of the process that gets it instead.',
  exec: 'A command as a list, run in the container.',
  script: 'A file of the repository, run in the container by the interpreter of its first line, else sh.',
};

export const verifyKeys = {
  http: 'A URL that must answer; {{container.ip}} is the address of the container.',
  status: '200 by default.',
  body: 'A text that the answer must contain.',
  tcp: 'A port that must accept.',
  exec: 'A command as a list that must exit 0.',
  within: 'How long it may take to pass; 10s by default.',
  retries: 'How often it is tried after the first time, evenly over within; again and again by default.',
};

export const guardKeys = {
  minimum_members: 'The fewest containers that a list may have.',
  maximum_shrink: 'By how much a list may be shorter than the installed one, for example 50%.',
};

export const settleKeys = { min: '1s by default.', max: '10s by default.' };
export const formulaKeys = { cel: 'A formula in CEL.' };
export const secretVariableKeys = { secret: 'A file of WINDLASS_SECRETS_DIR.' };
