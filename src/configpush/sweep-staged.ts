import type { Engine } from '../docker/engine.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import { runTool } from './run-tool.ts';

/** The container's name in its staged files (install-script.ts), then targets. */
const script = `
who=$1
shift
for target; do
  real=$(readlink -f "$target") && [ -n "$real" ] || real=$target
  rm -f "\${real%/*}"/.*.windlass-new-"$who"-* "\${real%/*}"/.*.windlass-old-"$who"-*
done`;

/**
 * Removes what a push left beside targets in a container that ended in the middle of it and has been started again. Where that fails
 * the next push does it; where there is no shell there has been no push.
 */
export async function sweepStaged(
  { engine, log }: { readonly engine: Engine; readonly log: Log },
  container: string,
  targets: readonly string[],
): Promise<void> {
  try {
    const argv = ['sh', '-c', script, 'windlass', container.slice(0, 12), ...targets];
    await runTool(engine, container, { argv, user: '0', withinMs: 10_000 });
  } catch (error) {
    log.warn({ container, error: messageOf(error) }, 'staged files were not swept');
  }
}
