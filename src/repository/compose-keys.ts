/** The keys of the Compose Specification, so that one which windlass does not carry out is told from a mistyped one. */
const words = (text: string): readonly string[] => text.trim().split(/\s+/);

export const composeTopLevel = words('name version services networks volumes configs secrets include models');

export const composeService = words(`
  annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count cpu_percent
  cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset credential_spec depends_on deploy develop
  device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file environment expose extends external_links
  extra_hosts gpus group_add healthcheck hostname image init ipc isolation label_file labels links logging mac_address mem_limit
  mem_reservation mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform
  ports post_start pre_stop privileged profiles provider pull_policy pull_refresh_after read_only restart runtime scale secrets
  security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits use_api_socket user
  userns_mode uts volumes volumes_from working_dir
`);

export const composeBuild = words(`
  additional_contexts args cache_from cache_to context dockerfile dockerfile_inline entitlements extra_hosts isolation labels
  network no_cache platforms privileged provenance pull sbom secrets shm_size ssh tags target ulimits
`);

export const composeDeploy = words('endpoint_mode labels mode placement replicas resources restart_policy rollback_config update_config');
export const composePlacement = words('constraints max_replicas_per_node preferences');
export const composeUpdate = words('delay failure_action max_failure_ratio monitor order parallelism');
export const composeHealthcheck = words('disable interval retries start_interval start_period test timeout');
export const composePort = words('app_protocol host_ip mode name protocol published target');
export const composeMount = words('bind consistency image read_only source target tmpfs type volume');
export const composeServiceNetwork = words(
  'aliases driver_opts gw_priority interface_name ipv4_address ipv6_address link_local_ips mac_address priority',
);
export const composeDependency = words('condition required restart');
export const composeNetwork = words('attachable driver driver_opts enable_ipv4 enable_ipv6 external internal ipam labels name');
export const composeVolume = words('driver driver_opts external labels name');
export const composeLogging = words('driver options');
export const composeConfig = words('content environment external file labels name template_driver');

/** Why a key is refused, where there is more to say than that it is. */
export const topLevelHints: ReadonlyMap<string, string> = new Map([
  ['name', 'is not used: names come from the environment and the application, or from adopt: PROJECT in environments/NAME.yaml'],
]);

export const serviceHints: ReadonlyMap<string, string> = new Map([
  ['container_name', 'is not used: a container is called ENVIRONMENT-APP-SERVICE-INDEX'],
  ['scale', 'is Compose, but windlass does not carry it out; write deploy: { replicas: … }'],
  ['secrets', 'is Compose, but windlass does not carry it out; write a template with a variable { secret: NAME } under configs:'],
]);
