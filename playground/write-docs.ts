import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatedDocs } from './generated-docs.ts';
import { checkout } from './windlass-process.ts';

/** Writes every page that is generated from the code: `npm run docs`. */
for (const [path, text] of generatedDocs()) {
  await writeFile(join(checkout, path), text);
  console.error(path);
}
