import { type Action, actionOrder, type Reaction, type Service } from '../model/application.ts';

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

/** What is due when the files of these sources change; a removed file's source is undefined and has the service's general reaction. */
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
