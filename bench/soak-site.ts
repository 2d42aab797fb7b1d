const hot = (name: string): Readonly<Record<string, string>> => ({
  [`apps/${name}/greeting.mustache`]: '{{greeting}} from {{container.name}}\n',
  [`apps/${name}/compose.yaml`]: `x-windlass:
  policy: mutable
  on_config_change: { check: ["test", "-s", "{{staged}}"], action: none }
configs:
  greeting: { file: ./greeting.mustache }
services:
  web:
    image: busybox:latest
    command: ["sleep", "1000000"]
    init: true
    stop_grace_period: 1s
    configs: [{ source: greeting, target: /etc/greeting }]
    deploy: { replicas: 2, update_config: { monitor: 50ms } }
`,
});

const hotNames = ['hot-1', 'hot-2', 'hot-3'];

/** Five applications on busybox: three that are hot-pushed, one that is recreated, one whose image is built. */
const siteFiles: Readonly<Record<string, string>> = {
  'windlass.yaml': `version: 1
environments:
  staging: { branch: main }
images:
  - { name: page, context: images/page, keep: 2 }
`,
  'images/page/Dockerfile': `FROM busybox:latest
COPY index.html /index.html
`,
  ...Object.assign({}, ...hotNames.map(hot)),
  'apps/made/compose.yaml': `services:
  web:
    image: busybox:latest
    command: ["sleep", "1000000"]
    init: true
    stop_grace_period: 1s
    environment: { RELEASE: "\${release}" }
    deploy: { update_config: { monitor: 50ms } }
`,
  'apps/built/compose.yaml': `services:
  web:
    image: page
    command: ["sleep", "1000000"]
    init: true
    stop_grace_period: 1s
    deploy: { update_config: { monitor: 50ms } }
`,
};

/** What a push changes, and how many deployments come of it. */
export interface SoakPush {
  readonly files: Readonly<Record<string, string>>;
  readonly deployments: number;
}

/**
 * Push 0 is the first; each of the others is pushed hot into three applications, every second one recreates a container, every fifth builds
 * an image.
 */
export function soakPush(n: number): SoakPush {
  const [made, built] = [n - (n % 2), n - (n % 5)];
  const files = {
    ...(n === 0 ? siteFiles : {}),
    'environments/staging.yaml': `variables: { greeting: "release ${n}", release: "${made}" }\n`,
    'images/page/index.html': `release ${built}\n`,
  };
  return { files, deployments: hotNames.length + (made === n ? 1 : 0) + (built === n ? 1 : 0) };
}
