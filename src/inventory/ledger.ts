import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { KnownFiles, Ledger, LedgerChanges, LedgerFile } from '../model/ledger.ts';
import { ownerAndMode } from '../model/owner-and-mode.ts';

const ledgerFile = z.object({
  installed: z.string(),
  loaded: z.string(),
  stamp: z.string().optional(),
  mode: z.number().int().optional(),
  declared: ownerAndMode.optional(),
  drift: z.object({ from: z.string(), times: z.number().int(), since: z.string() }).optional(),
  atStart: z.literal(true).optional(),
  unverified: z.literal(true).optional(),
});

const entry = z.object({
  configs: z.record(z.string(), ledgerFile),
  ready: z.boolean(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
  adopted: z.record(z.string(), z.string()).optional(),
  staged: z.array(z.string()).optional(),
});
type Entry = Readonly<z.infer<typeof entry>>;

/** No start has been noted: the first one that is seen is news. */
const nothing: Entry = { configs: {}, ready: false, startedAt: '' };

/**
 * Opens the ledger in a folder, which is made where it is missing: one file per container, named by the engine's id, read once
 * into memory. A file that is torn or somebody else's is taken for no knowledge, which costs one push.
 */
export async function createLedger(directory: string): Promise<Ledger> {
  await mkdir(directory, { recursive: true });
  const entries = await load(directory);
  const writes = new Map<string, Promise<void>>();

  /** One write after the other per container, so that the newest is the one that stays. */
  const change = (container: string, write: () => Promise<void>): Promise<void> => {
    const written = (writes.get(container) ?? Promise.resolve()).catch(() => {}).then(write);
    writes.set(container, written);
    const forget = () => {
      if (writes.get(container) === written) writes.delete(container);
    };
    written.then(forget, forget);
    return written;
  };
  /** Memory follows the disk: what could not be written is not claimed. */
  const update = (container: string, apply: (known: Entry) => Entry, how: Durability = 'synced') =>
    change(container, async () => {
      const next = apply(entries.get(container) ?? nothing);
      await write(directory, container, next, how);
      entries.set(container, next);
    });

  return {
    configs: (container) => entries.get(container)?.configs ?? {},
    all: () => [...entries.keys()],
    record: (container, changes, startedAt) =>
      update(container, (known) => ({
        ...known,
        configs: merge(known.configs, typeof changes === 'function' ? changes(known.configs) : changes),
        ...(startedAt === undefined ? {} : { startedAt }),
      })),
    noteStart: async (container, startedAt, changes) => {
      const isNews = () => {
        const known = entries.get(container);
        const isAbout = known !== undefined && (Object.keys(known.configs).length > 0 || (known.staged ?? []).length > 0);
        return isAbout && known.startedAt !== startedAt;
      };
      if (!isNews()) return false;
      await update(container, (known) => {
        if (!isNews()) return known;
        // An earlier version noted no starts: what it knew is about the process that it left running.
        const configs = known.startedAt === undefined ? known.configs : merge(known.configs, changes(known.configs));
        return { ...known, configs, startedAt };
      });
      return true;
    },
    staged: (container) => entries.get(container)?.staged ?? [],
    noteStaged: (container, staged, startedAt) =>
      update(
        container,
        (known) => ({ ...known, staged: [...staged], startedAt: known.startedAt === '' ? startedAt : known.startedAt }),
        'loose',
      ),
    ready: (container) => entries.get(container)?.ready ?? false,
    markReady: (container) => update(container, (known) => ({ ...known, ready: true })),
    endedAt: (container) => entries.get(container)?.endedAt,
    markEnded: (container, endedAt) => update(container, (known) => ({ ...known, endedAt })),
    adopted: (container) => entries.get(container)?.adopted,
    adopt: (container, labels) => update(container, (known) => ({ ...known, adopted: { ...labels } })),
    allAdopted: () => [...entries].flatMap(([container, { adopted }]) => (adopted ? [container] : [])),
    forget: (container) =>
      change(container, async () => {
        await rm(pathOf(directory, container), { force: true });
        entries.delete(container);
      }),
  };
}

function merge(known: KnownFiles, changes: LedgerChanges): Record<string, LedgerFile> {
  const merged = Object.entries({ ...known, ...changes });
  return Object.fromEntries(merged.flatMap(([target, file]) => (file ? [[target, file] as const] : [])));
}

const suffix = '.json';
const containerName = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

function pathOf(directory: string, container: string): string {
  if (!containerName.test(container)) throw new TypeError(`not a container's id: ${JSON.stringify(container)}`);
  return join(directory, `${container}${suffix}`);
}

async function load(directory: string): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (const file of await readdir(directory)) {
    if (file.endsWith('.tmp')) await rm(join(directory, file), { force: true });
    if (!file.endsWith(suffix)) continue;
    const known = parse(await readFile(join(directory, file), 'utf8').catch(() => ''));
    if (known) entries.set(file.slice(0, -suffix.length), known);
  }
  return entries;
}

function parse(text: string): Entry | undefined {
  try {
    return entry.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** `loose`: a power cut may bring the entry before it back. */
type Durability = 'synced' | 'loose';

/** Written beside, synced and renamed: after a power cut the old entry is there or the new one. */
async function write(directory: string, container: string, content: Entry, how: Durability): Promise<void> {
  const path = pathOf(directory, container);
  const temporary = `${path}.${randomUUID()}.tmp`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(content));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  if (how === 'loose') return;
  const folder = await open(directory, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
