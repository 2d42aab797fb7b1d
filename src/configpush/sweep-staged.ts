import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Ledger } from '../model/ledger.ts';
import { runTool } from './run-tool.ts';

/** The container's name in its staged files (install-script.ts), then targets. */
const script = `
who=$1
shift
for target; do
  real=$(readlink -f "$target") && [ -n "$real" ] || real=$target
  rm -f "\${real%/*}"/.*.windlass-new-"$who"-* "\${real%/*}"/.*.windlass-old-"$who"-*
done`;

interface SweepDependencies {
  readonly engine: Engine;
  readonly ledger: Pick<Ledger, 'staged' | 'noteStaged'>;
  readonly log: Log;
}

/**
 * Removes what a push may have left in a container that ended in the middle of it and has been started again: one exec, and none where
 * every push has ended well. Where that fails the next start or push does it; where there is no shell there has been no push.
 */
export async function sweepStaged({ engine, ledger, log }: SweepDependencies, container: string): Promise<void> {
  const targets = ledger.staged(container);
  if (targets.length === 0) return;
  try {
    const argv = ['sh', '-c', script, 'windlass', container.slice(0, 12), ...targets];
    const { status } = await runTool(engine, container, { argv, user: '0', withinMs: 10_000 });
    if (status === 0) await ledger.noteStaged(container, [], '');
  } catch (error) {
    log.warn({ container, error: messageOf(error) }, 'staged files were not swept');
  }
}
