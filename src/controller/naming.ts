import { WindlassError } from '../errors.ts';
import type { HostRecord } from '../model/host.ts';
import { targetOf } from '../model/names.ts';
import type { Decision } from '../planning/decide.ts';
import type { RememberedStore } from '../queue/remembered.ts';
import type { StateStore } from '../queue/state.ts';
import type { Question, Revisions } from '../workers/revisions.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';
import { rememberedOf } from './leaving-terms.ts';

export interface NamingDependencies {
  readonly environments: EnvironmentStore;
  readonly revisions: Revisions;
  readonly states: Pick<StateStore<KeptEnvironment>, 'readState'>;
  readonly remembered: RememberedStore;
}

/** What a request names, found. All throw WindlassError `unknown-name` for what is not there. */
export interface Naming {
  /** The application, or all of the environment. */
  appsOf(environment: string, app: string | undefined): readonly string[];
  /** The environment at its newest revision. */
  question(environment: string): Question;
  /** What would be done to bring an application to the revision asked about; `asked`: if a person asked for that. */
  decided(question: Question, app: string, hosts: readonly HostRecord[], asked?: boolean): Promise<Decision>;
}

export function createNaming({ environments, revisions, states, remembered }: NamingDependencies): Naming {
  const { terms } = rememberedOf(remembered, states);
  return {
    appsOf: (environment, app) => {
      const all = environments.appsOf(environment);
      if (app === undefined) return all;
      if (all.includes(app)) return [app];
      throw new WindlassError('unknown-name', `environment ${environment} has no application ${app}; it has ${all.join(', ') || 'none'}`);
    },
    question: (name) => {
      const state = environments.require(name);
      if (state.revision) return { ...state, revision: state.revision };
      const { branch } = state.environment;
      throw new WindlassError('unknown-name', `environment ${name} has nothing to deploy: its branch ${branch} has no commit`);
    },
    decided: async (question, app, hosts, asked = false) => {
      const known = await terms(targetOf(question.environment.name, app), question.revision);
      return revisions.decide({ ...question, app, hosts, terms: known, asked });
    },
  };
}
