import { type Action, actionOrder, type ConfigFile, type Reaction, type Service } from '../model/application.ts';

/** What a change of some config files sets off: every check and verify of theirs, and the strongest of their actions, once. */
export interface Due {
  readonly action: Action;
  readonly reactions: readonly Reaction[];
}

/** The reaction of one file; a folder's file `conf.d/a.conf` belongs to the entry `conf.d`. */
export function reactionOf(service: Service, source: string): Reaction | undefined {
  const names = [source, source.split('/')[0] ?? source];
  return service.reactions.find(({ configs }) => configs === undefined || configs.some((name) => names.includes(name)));
}

/**
 * The source that a removed file had, where that can be told: it lies in a folder whose other files are still declared. Undefined: its
 * entry is gone too.
 */
export function sourceOfRemoved(files: readonly Pick<ConfigFile, 'source' | 'target'>[], target: string): string | undefined {
  for (const { source, target: other } of files) {
    const [entry = '', ...path] = source.split('/');
    const below = path.map((part) => `/${part}`).join('');
    const folder = below !== '' && other.endsWith(below) ? other.slice(0, -below.length) : undefined;
    if (folder !== undefined && target.startsWith(`${folder}/`)) return `${entry}${target.slice(folder.length)}`;
  }
  return undefined;
}

/** What is due when the files of these sources change; undefined stands for a removed file whose entry is gone: the general reaction. */
export function due(service: Service, sources: readonly (string | undefined)[]): Due {
  const general = service.reactions.find(({ configs }) => configs === undefined);
  const reactions = [...new Set(sources.map((source) => (source === undefined ? general : reactionOf(service, source))))].filter(
    (reaction) => reaction !== undefined,
  );
  const strength = ({ kind }: Action) => actionOrder.indexOf(kind);
  const action = reactions
    .map((reaction) => reaction.action)
    .reduce<Action>((a, b) => (strength(b) > strength(a) ? b : a), { kind: 'none' });
  return { action, reactions };
}

/** Whether a check looks at a staged candidate beside the target; else it needs a shadow with every file in place. */
export const usesStaged = (argv: readonly string[]): boolean => argv.some((argument) => argument.includes('{{staged'));
