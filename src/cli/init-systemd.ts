import { realpath } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { apiVersion } from '../model/documents.ts';
import type { Session } from './session.ts';
import { type UnitRole, unitName, unitRoles } from './systemd-units.ts';
import { writeUnits } from './write-units.ts';

/** What `windlass init --systemd` reads beside what init has anyway. */
export interface SystemdOptions {
  readonly systemd?: UnitRole;
  readonly root: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Adds the options to `init`, where they stand for work of their own: no repository is made. */
export function addSystemdOptions(init: Command): Command {
  return init
    .addOption(
      new Option(
        '--systemd <ROLE>',
        'make no repository, but a systemd unit that runs this process here, and a file for its settings',
      ).choices(unitRoles),
    )
    .option('--root <DIR>', 'with --systemd: write below this folder, to look at it first or for another machine', '/');
}

/** Writes the unit of a role and says what to do next. */
export async function initSystemd(session: Session, role: UnitRole, { root, yes, json }: SystemdOptions): Promise<void> {
  const name = unitName(role);
  await session.confirm(`write ${name}.service below ${root}?`, yes === true);
  const node = await realpath(process.execPath);
  const program = await realpath(fileURLToPath(new URL('../../../bin/windlass', import.meta.url)));
  const paths = await writeUnits({ role, node, program }, root);
  if (json) return session.printJson({ apiVersion, paths });
  session.print(paths.map((path) => `${path}\n`).join(''));
  session.note(`next: say in /etc/windlass/${name}.env what it needs, then: systemctl daemon-reload && systemctl enable --now ${name}`);
}
