import type { PushConfigStep } from '../../src/model/step.ts';

/** A push of one file into a container of that name. */
export const aPush = (name: string, over: Partial<PushConfigStep> = {}): PushConfigStep => ({
  kind: 'push-config',
  name,
  host: 'web-1',
  reason: 'app.conf changed',
  container: `id-of-${name}`,
  files: [{ source: 'app.conf', target: '/etc/app.conf', hash: `sha256:${'0'.repeat(64)}`, size: 1, mode: 0o644, uid: 0, gid: 0 }],
  remove: [],
  checks: [],
  all: [],
  action: { kind: 'none' },
  verify: [],
  monitorMs: 0,
  ...over,
});
