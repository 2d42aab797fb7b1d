import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Gathers the compiled unit tests into few AVA files, `dist/unit/ROOM.test.js`: AVA starts a process for every file, and half a second
 * of it goes into Node and the libraries. Titles are therefore unique in a room, which AVA enforces. Rooms that wait for something
 * have a file each; the pure ones, whose laws take seconds of a processor, are spread over one file per core, so that nobody's
 * deadline passes meanwhile.
 */
const tests = fileURLToPath(new URL('../test/', import.meta.url));
const gathered = fileURLToPath(new URL('../unit/', import.meta.url));
const pure = ['model', 'repository', 'rendering', 'planning'];
const real = ['integration', 'e2e', 'registry', 'crash'];

const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js') && !real.includes(roomOf(file)))
  .sort();
const cores = availableParallelism();
const groups = new Map<string, string[]>();
let pureFiles = 0;
for (const file of files) {
  const room = roomOf(file);
  const name = pure.includes(room) ? `pure-${(pureFiles++ % cores) + 1}` : room;
  groups.set(name, [...(groups.get(name) ?? []), `import '../test/${file}';\n`]);
}

rmSync(gathered, { recursive: true, force: true });
mkdirSync(gathered);
for (const [name, imports] of groups) writeFileSync(join(gathered, `${name}.test.js`), imports.join(''));

/** The folder of a test under test/; `house` for those that look at the whole. */
function roomOf(file: string): string {
  const [room = ''] = file.split('/');
  return room.endsWith('.js') ? 'house' : room;
}
