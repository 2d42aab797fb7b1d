import { createHash } from 'node:crypto';
import type { Engine } from '../docker/engine.ts';
import type { Ledger } from '../model/ledger.ts';
import { afterAudit, afterStart } from './ledger-entries.ts';
import { isOnTmpfs } from './placement.ts';
import { readFileIn } from './read-file.ts';

interface AuditDependencies {
  readonly engine: Engine;
  readonly ledger: Ledger;
}

/** Notes in the ledger what a start of the container has changed. */
export async function noteStart({ engine, ledger }: AuditDependencies, id: string): Promise<void> {
  const known = ledger.configs(id);
  const container = Object.keys(known).length > 0 ? await engine.inspectContainer(id) : undefined;
  if (container)
    await ledger.record(
      id,
      afterStart(known, (target) => isOnTmpfs(container, target)),
    );
}

/** Notes in the ledger what somebody else has changed; whether there was anything. What is on a tmpfs the engine cannot see. */
export async function audit({ engine, ledger }: AuditDependencies, id: string): Promise<boolean> {
  const known = ledger.configs(id);
  const container = Object.keys(known).length > 0 ? await engine.inspectContainer(id) : undefined;
  if (!container) return false;
  const found = new Map<string, string | undefined>();
  for (const [target, { installed }] of Object.entries(known)) {
    if (!installed.startsWith('sha256:') || isOnTmpfs(container, target)) continue;
    const file = await readFileIn(engine, id, target);
    const hash = file && `sha256:${createHash('sha256').update(file.bytes).digest('hex')}`;
    if (hash !== installed) found.set(target, hash);
  }
  if (found.size > 0) await ledger.record(id, afterAudit(known, found));
  return found.size > 0;
}
