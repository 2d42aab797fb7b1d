import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Ledger } from '../model/ledger.ts';
import { processFunctions } from './process-functions.ts';
import { runTool } from './run-tool.ts';

/**
 * The container's name in its staged files (install-script.ts), then targets. What a script still works with stays: one that hangs in its
 * swap and then fails would remove the targets of which it finds no kept file. Ends with 1 where anything stays.
 */
export const sweepScript = `${processFunctions}
who=$1 status=0
shift
for target; do
  real=$(readlink -f "$target") && [ -n "$real" ] || real=$target
  for left in "\${real%/*}"/.*.windlass-new-"$who"-* "\${real%/*}"/.*.windlass-old-"$who"-*; do
    [ -e "$left" ] || continue
    ! runs "\${left##*-}" && rm -f "$left" || status=1
  done
done
exit $status`;

interface SweepDependencies {
  readonly engine: Engine;
  readonly ledger: Pick<Ledger, 'staged' | 'noteStaged'>;
  readonly log: Log;
}

/**
 * Removes what a push may have left whose script ended before it could, with its container or otherwise: one exec, and none where every
 * push has ended well. Where that fails, or the script still runs, the next start or push does it; where there is no shell there has been
 * no push.
 */
export async function sweepStaged({ engine, ledger, log }: SweepDependencies, container: string): Promise<void> {
  const targets = ledger.staged(container);
  if (targets.length === 0) return;
  try {
    const argv = ['sh', '-c', sweepScript, 'windlass', container.slice(0, 12), ...targets];
    const { status } = await runTool(engine, container, { argv, user: '0', withinMs: 10_000 });
    if (status === 0) await ledger.noteStaged(container, [], '');
  } catch (error) {
    log.warn({ container, error: messageOf(error) }, 'staged files were not swept');
  }
}
