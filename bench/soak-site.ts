import type { GitRepository } from '../playground/git-repository.ts';

const compose = (text: string) => `${text}\n`;

/** Three applications on busybox: one that is hot-pushed, one that is recreated, one whose image is built. */
export const soakFiles: Readonly<Record<string, string>> = {
  'windlass.yaml': compose(`version: 1
environments:
  staging: { branch: main }
images:
  - { name: page, context: images/page, keep: 2 }`),
  'images/page/Dockerfile': compose(`FROM busybox:latest
COPY index.html /index.html`),
  'images/page/index.html': compose('release start'),
  'apps/hot/greeting.mustache': compose('{{greeting}} from {{container.name}}'),
  'apps/hot/compose.yaml': compose(`x-windlass:
  policy: mutable
  variables: { greeting: start }
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
    deploy: { replicas: 2, update_config: { monitor: 50ms } }`),
  'apps/made/compose.yaml': compose(`x-windlass:
  variables: { release: start }
services:
  web:
    image: busybox:latest
    command: ["sleep", "1000000"]
    init: true
    stop_grace_period: 1s
    environment: { RELEASE: "\${release}" }
    deploy: { update_config: { monitor: 50ms } }`),
  'apps/built/compose.yaml': compose(`services:
  web:
    image: page
    command: ["sleep", "1000000"]
    init: true
    stop_grace_period: 1s
    deploy: { update_config: { monitor: 50ms } }`),
};

/** Release 0 is the first; of twenty others one builds an image, three recreate a container and the rest are pushed hot. */
export async function soakRelease(repository: GitRepository, n: number): Promise<void> {
  if (n === 0) return;
  if (n % 20 === 0) return repository.write('images/page/index.html', `release ${n}\n`);
  if (n % 5 === 0) return repository.edit('apps/made/compose.yaml', (text) => text.replace(/release: .* \}/, `release: "${n}" }`));
  return repository.edit('apps/hot/compose.yaml', (text) => text.replace(/greeting: .* \}/, `greeting: "release ${n}" }`));
}
