import { composeKeys, ignored, no, yes } from './compose-support.ts';

/** What windlass does with the keys of what stands within a service: ports, mounts, devices, limits, deploy. */
export const portKeys = composeKeys({
  target: yes(),
  published: yes(),
  host_ip: yes(),
  protocol: yes('`tcp`, `udp`'),
  mode: ignored('there is no Swarm between a port and its container'),
  name: ignored('it is for people'),
  app_protocol: ignored('it is for people'),
});

export const mountKeys = composeKeys({
  type: yes('`volume`, `bind`, `tmpfs`'),
  source: yes(),
  target: yes(),
  read_only: yes(),
  bind: yes(),
  volume: yes(),
  tmpfs: yes(),
  image: no('engines before 28 cannot mount images; COPY --from=IMAGE in a Dockerfile'),
  consistency: ignored('it is for Docker Desktop on a Mac'),
});

export const bindKeys = composeKeys({
  propagation: yes(),
  create_host_path: yes('`true` unless said otherwise'),
  selinux: yes(),
  recursive: no('engines differ in it; mount the folders below one by one'),
});

export const volumeMountKeys = composeKeys({
  nocopy: yes(),
  subpath: yes('Docker Engine 26 or later'),
  labels: no('write labels: where the volume is declared, at the top'),
});

export const tmpfsKeys = composeKeys({ size: yes(), mode: yes() });
export const deviceKeys = composeKeys({ source: yes(), target: yes(), permissions: yes() });
export const deviceRequestKeys = composeKeys({ capabilities: yes(), count: yes(), device_ids: yes(), driver: yes(), options: yes() });
export const ulimitKeys = composeKeys({ soft: yes(), hard: yes() });
export const blkioLimitKeys = composeKeys({ path: yes(), rate: yes() });
export const blkioWeightKeys = composeKeys({ path: yes(), weight: yes() });

export const blkioKeys = composeKeys({
  device_read_bps: yes(),
  device_read_iops: yes(),
  device_write_bps: yes(),
  device_write_iops: yes(),
  weight: yes(),
  weight_device: yes(),
});

export const deployKeys = composeKeys({
  endpoint_mode: no('it is for Swarm'),
  labels: no('it labels a Swarm service; write labels: in the service, which labels its containers'),
  mode: yes('`replicated`, `global`: one on each host that the constraints allow'),
  placement: yes(),
  replicas: yes(),
  resources: yes(),
  restart_policy: yes(),
  rollback_config: no('a failed update is taken back as update_config.failure_action says'),
  update_config: yes(),
});

export const placementKeys = composeKeys({
  constraints: yes('`node.labels.KEY` and `node.hostname`, `==` and `!=`'),
  max_replicas_per_node: no('replicas are spread evenly over the hosts; write mode: global for one on each'),
  preferences: no('replicas are spread evenly over the hosts already'),
});

export const updateKeys = composeKeys({
  delay: yes('between one container, or round of containers, and the next'),
  failure_action: yes('`rollback` unless said otherwise; `pause` leaves what was done, `continue` goes on with the others'),
  max_failure_ratio: yes('the share of the containers that may fail; 0'),
  monitor: yes(),
  order: yes('`start-first` unless said otherwise'),
  parallelism: yes('1 unless said otherwise, for replaced containers and for pushes; 0 is all'),
});

export const restartPolicyKeys = composeKeys({
  condition: yes('`none`, `on-failure`, `any`'),
  max_attempts: yes('with `on-failure`'),
  delay: no('the engine waits by itself, from 0.1 s on twice as long each time'),
  window: no('the engine counts a start as good after 10 s'),
});

export const resourcesKeys = composeKeys({ limits: yes(), reservations: yes() });
export const limitsKeys = composeKeys({ cpus: yes(), memory: yes(), pids: yes() });

export const reservationsKeys = composeKeys({
  cpus: no('the engine cannot reserve processors; write cpu_shares for a weight'),
  memory: yes(),
  devices: yes(),
  generic_resources: no('it is for Swarm; write placement constraints'),
});
