import type { ContainerRecord } from '../model/host.ts';
import { redeclared } from '../model/owner-and-mode.ts';
import type { FileToInstall } from '../model/step.ts';

/** What of files with the same bytes is declared otherwise than they were put into a container with: `mode of a, b changed`. */
export function describeRedeclared(files: readonly FileToInstall[], known: ContainerRecord['configs']): readonly string[] {
  return (['owner', 'mode', 'owner and mode'] as const).flatMap((what) => {
    const names = files.filter((file) => redeclared(known[file.target]?.declared, file) === what).map(({ source }) => source);
    return names.length > 0 ? [`${what} of ${names.join(', ')} changed`] : [];
  });
}
