import { createHash } from 'node:crypto';
import type { ContainerInspect, Engine } from '../docker/engine.ts';
import { isDrifted, type KnownFiles, type Ledger, type LedgerFile } from '../model/ledger.ts';
import type { OwnerAndMode } from '../model/owner-and-mode.ts';
import type { FileToInstall } from '../model/step.ts';
import { afterLook, afterStart, type Facts, type Found } from './ledger-entries.ts';
import { isOnTmpfs } from './placement.ts';
import { readFileIn } from './read-file.ts';
import { stampOf } from './stamp.ts';

interface AuditDependencies {
  readonly engine: Engine;
  readonly ledger: Ledger;
  /** Epoch milliseconds. */
  readonly clock: () => number;
}

/** Notes in the ledger what the last start of a container has changed; whether that was news. */
export async function noteStart({ ledger }: Pick<AuditDependencies, 'ledger'>, container: ContainerInspect): Promise<boolean> {
  const { StartedAt: startedAt } = container.State;
  // As the engine tells that it never ran.
  if (startedAt.startsWith('0001')) return false;
  return ledger.noteStart(container.Id, startedAt, (known) => afterStart(known, (target) => isOnTmpfs(container, target)));
}

/**
 * Notes in the ledger what somebody else has changed; whether there was anything. A file is read only where its stamp is another than
 * it was left with. What is on a tmpfs the engine cannot see. `started`: the process has just started, and has loaded what is there.
 */
export async function audit(
  { engine, ledger, clock }: AuditDependencies,
  id: string,
  { started = false }: { readonly started?: boolean } = {},
): Promise<boolean> {
  const before = ledger.configs(id);
  const known = Object.entries(before).filter(([, file]) => file.installed.startsWith('sha256:') || isDrifted(file));
  const container = known.length > 0 ? await engine.inspectContainer(id) : undefined;
  if (!container) return false;
  const changes: Record<string, LedgerFile> = {};
  for (const [target, file] of known) {
    if (isOnTmpfs(container, target)) continue;
    const seen = afterLook(file, await look(engine, id, target, file), { now: clock(), started });
    if (seen.installed !== file.installed || seen.stamp !== file.stamp) changes[target] = seen;
  }
  // What a start has changed meanwhile is newer; the next look compares with that.
  const stillAbout = (now: KnownFiles) => Object.fromEntries(Object.entries(changes).filter(([target]) => now[target] === before[target]));
  if (Object.keys(changes).length > 0) await ledger.record(id, stillAbout);
  return known.some(([target, { installed }]) => (changes[target]?.installed ?? installed) !== installed);
}

/** More than a config file may have: such bytes are not read, for they are nobody's that windlass put there. */
const mostBytes = 1_048_576;

async function look(engine: Engine, id: string, target: string, known: LedgerFile): Promise<Found | undefined> {
  const { installed, stamp, drift } = known;
  const found = await stampOf(engine, id, target);
  if (!found) return undefined;
  const seen = { stamp: found.text };
  if (found.text === stamp) return { ...seen, installed };
  if (!found.isFile) return { ...seen, installed: 'no file' };
  if (found.size > mostBytes) return { ...seen, installed: `${found.size} bytes` };
  const file = await readFileIn(engine, id, target);
  if (!file) return undefined;
  const hash = `sha256:${createHash('sha256').update(file.bytes).digest('hex')}`;
  const same = hash === (drift?.from ?? installed);
  return { ...seen, installed: (same ? otherRights(known, { ...file, mode: found.mode }) : undefined) ?? hash };
}

/** The owner is told by the archive alone: only a file that is read for another reason shows that it has got another one. */
function otherRights({ mode, declared }: LedgerFile, found: OwnerAndMode): string | undefined {
  if (mode !== undefined && mode !== found.mode) return `mode ${octal(found.mode)}`;
  const owned = declared === undefined || (declared.uid === found.uid && declared.gid === found.gid);
  return owned ? undefined : `owner ${found.uid}:${found.gid}`;
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** The stamps of files that have just been put there, so that the next look need not read them; what cannot be told is left out. */
export async function factsOf(engine: Engine, id: string, files: readonly FileToInstall[]): Promise<Facts> {
  const facts = await Promise.all(
    files.map(async ({ target, size, mode }) => {
      const stamp = await stampOf(engine, id, target).catch(() => undefined);
      if (!stamp?.isFile || stamp.size !== size) return [];
      // A volume that knows no permissions, as one of another operating system, must not look changed for ever.
      return [[target, { stamp: stamp.text, ...(stamp.mode === mode ? { mode } : {}) }] as const];
    }),
  );
  return Object.fromEntries(facts.flat());
}
