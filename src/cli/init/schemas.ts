import { access, copyFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageFile } from '../../version.ts';
import { CliError } from '../cli-error.ts';
import { schemasFolder } from './initial-files.ts';
import type { Copies } from './write-files.ts';

/** Of this very windlass: what it reads is what they complete. */
export const schemas: Copies = ['compose', 'environment', 'windlass'].map((name) => ({
  from: fileURLToPath(packageFile(`schemas/${name}.json`)),
  to: `${schemasFolder}/${name}.json`,
}));

/** Puts them into a repository, over those of another version. Their paths in it. */
export async function writeSchemas(folder: string): Promise<readonly string[]> {
  await access(join(folder, 'windlass.yaml')).catch(() => {
    throw new CliError(`${folder} has no windlass.yaml: --schemas is for the folder of a repository`);
  });
  for (const { from, to } of schemas) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await copyFile(from, join(folder, to));
  }
  return schemas.map(({ to }) => to);
}
