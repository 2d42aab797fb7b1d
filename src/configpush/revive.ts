import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { WindlassError } from '../errors.ts';
import { readTarEntry } from './archive.ts';
import type { Candidate } from './candidate.ts';
import type { Push } from './install.ts';
import { putFiles } from './put-files.ts';
import { runTool } from './run-tool.ts';

const toolMs = 60_000;

/**
 * Takes files back where the script cannot: its process ended with the container's. Old files are put back before anything starts
 * again, and the container runs afterwards, newly started. Throws where that does not succeed.
 */
export async function revive({ engine, container: { Id: id }, fault }: Push, candidate: Candidate): Promise<ContainerInspect> {
  const found = await mustExist(engine, id);
  const running = found.State.Running && !found.State.Restarting;
  if (!running) {
    // Ends a loop of restarts; the engine would start it on new files in between.
    await engine.stopContainer(id);
    fault('revive:stopped');
    await putBackStopped(engine, id, candidate);
    fault('revive:restored');
    await engine.startContainer(id);
    fault('revive:started');
  }
  const absent = candidate.changed.some((entry) => candidate.absent.includes(entry));
  await putBackRunning(engine, id, candidate);
  // What runs has loaded the new files; a file that was not there before can only be removed while it runs.
  if (running || absent) await engine.restartContainer(id);
  return mustExist(engine, id);
}

async function mustExist(engine: Engine, id: string): Promise<ContainerInspect> {
  const found = await engine.inspectContainer(id);
  if (!found) throw new WindlassError('verify', 'the container was removed');
  return found;
}

/** A kept file under its target's name: the engine's archive calls reach a container that does not run. */
async function putBackStopped(engine: Engine, id: string, candidate: Candidate): Promise<void> {
  const container = await mustExist(engine, id);
  for (const entry of candidate.changed) {
    const { kept, real } = candidate.paths(entry);
    const archive = await engine.getArchive(id, kept);
    const file = archive && (await readTarEntry(archive));
    if (file) await putFiles(engine, container, [{ ...file, path: real }]);
  }
}

/** Removes what was not there and moves back what was, words by twos: the file, and the kept one (empty: there was none). */
const putBackScript = `
while [ $# -gt 0 ]; do
  if [ -z "$2" ]; then rm -f "$1"; elif [ -e "$2" ]; then mv -f "$2" "$1"; fi || exit
  shift 2
done`;

async function putBackRunning(engine: Engine, id: string, candidate: Candidate): Promise<void> {
  const words = candidate.changed.flatMap((entry) => {
    const { real, kept } = candidate.paths(entry);
    return [real, candidate.absent.includes(entry) ? '' : kept];
  });
  const { status, output } = await runTool(engine, id, {
    argv: ['sh', '-c', putBackScript, 'windlass', ...words],
    user: '0',
    withinMs: toolMs,
  });
  if (status !== 0) throw new WindlassError('verify', `the old files could not be put back (exit status ${status})`, { output });
}
