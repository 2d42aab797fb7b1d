import { composeKeys, ignored, no, yes } from './compose-support.ts';

/**
 * What windlass does with each key of the Compose Specification outside of a service. The readers take their keys from here, and
 * docs/compose.md is written from it; `compose-service-keys.ts` is the other half.
 */
export const topLevelKeys = composeKeys({
  version: ignored('as in Compose'),
  name: ignored('names come from the environment and the application, or from `adopt: PROJECT` in environments/NAME.yaml'),
  include: yes('files of the repository; a name that stands in both is a mistake'),
  services: yes(),
  networks: yes('only those that a service uses are made'),
  volumes: yes('only those that a service uses are made'),
  configs: yes('config files; a file `*.mustache` is a template'),
  secrets: yes('files of WINDLASS_SECRETS_DIR or of the repository'),
  models: no('no engine without Docker Desktop serves models; run the model as a service'),
});

export const includeKeys = composeKeys({
  path: yes('one file'),
  env_file: yes('defaults for `${VAR}` in that file'),
  project_directory: no('paths are relative to the file in which they stand'),
});

export const networkKeys = composeKeys({
  name: yes(),
  driver: yes(),
  driver_opts: yes(),
  ipam: yes(),
  external: yes('must be there on the host; also `{ name: … }`'),
  internal: yes(),
  attachable: yes(),
  enable_ipv6: yes(),
  enable_ipv4: no('engines before 28 cannot leave IPv4 out'),
  labels: yes(),
});

export const ipamKeys = composeKeys({ driver: yes(), config: yes(), options: yes() });
export const ipamConfigKeys = composeKeys({ subnet: yes(), ip_range: yes(), gateway: yes(), aux_addresses: yes() });
export const externalKeys = composeKeys({ name: yes() });

export const volumeKeys = composeKeys({
  name: yes(),
  driver: yes(),
  driver_opts: yes(),
  external: yes('must be there on the host; also `{ name: … }`'),
  labels: yes(),
});

export const secretKeys = composeKeys({
  file: yes('a file of the repository; where it has none there, the file of WINDLASS_SECRETS_DIR that is called as the secret is'),
  external: yes('the file of WINDLASS_SECRETS_DIR that is called as the secret is, or as `name` says'),
  name: yes('beside `external`: the name of the file in WINDLASS_SECRETS_DIR'),
  labels: ignored('a secret is a file here, and files have no labels'),
  environment: no('windlass does not pass on its own environment; write external: true and put a file into WINDLASS_SECRETS_DIR'),
  driver: no('it is for Swarm; write external: true and put a file into WINDLASS_SECRETS_DIR'),
  driver_opts: no('it is for Swarm'),
  template_driver: no('write a template under configs: that reads a variable { secret: NAME }'),
});

export const configKeys = composeKeys({
  file: yes('a file or folder of the repository'),
  content: yes(),
  template_driver: yes('`mustache`'),
  labels: ignored('a config is a file here, and files have no labels'),
  name: no('a config is a file of the repository and has no name of its own on a host'),
  environment: no('windlass does not pass on its own environment; write content: with a ${VARIABLE}'),
  external: no('a config is a file of the repository; write file:'),
});
