import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Gathers the compiled tests of the pure rooms into one AVA file per core, `dist/unit/1.test.js` and so on. AVA starts a process for
 * every file, and half a second of it goes into Node and the libraries. Titles are therefore unique over these rooms, which AVA
 * enforces. Tests that wait for something have a process each: in one with laws that take seconds, their deadlines would pass.
 */
const tests = fileURLToPath(new URL('../test/', import.meta.url));
const gathered = fileURLToPath(new URL('../unit/', import.meta.url));

const files = readdirSync(tests, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.js') && /^(model|repository|rendering|planning)\//.test(file))
  .sort();
rmSync(gathered, { recursive: true, force: true });
mkdirSync(gathered);
const groups = availableParallelism();
for (let group = 0; group < groups; group += 1) {
  const imports = files.filter((_, index) => index % groups === group).map((file) => `import '../test/${file}';\n`);
  if (imports.length > 0) writeFileSync(join(gathered, `${group + 1}.test.js`), imports.join(''));
}
