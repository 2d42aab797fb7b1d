import { WindlassError } from '../errors.ts';
import type { HostRecord } from '../model/host.ts';
import { targetOf } from '../model/names.ts';
import type { Decision } from '../planning/decide.ts';
import type { ControlStore } from '../queue/controls.ts';
import type { RememberedStore } from '../queue/remembered.ts';
import type { StateStore } from '../queue/state.ts';
import { appTarget } from '../queue/targets.ts';
import { type Aimed, type Choice, chooseAim, deployedRevision } from '../workers/choose-aim.ts';
import { decideAim } from '../workers/decide-aim.ts';
import { sameRevision } from '../workers/environment-state.ts';
import type { Question, Revisions } from '../workers/revisions.ts';
import type { EnvironmentStore, KeptEnvironment } from './environment-store.ts';
import { rememberedOf } from './leaving-terms.ts';
import type { Standing } from './why-withheld.ts';

export interface NamingDependencies {
  readonly environments: EnvironmentStore;
  readonly revisions: Revisions;
  readonly states: Pick<StateStore<KeptEnvironment>, 'readState'>;
  readonly remembered: RememberedStore;
  readonly controls: Pick<ControlStore, 'read'>;
}

/** What a request names, found. All throw WindlassError `unknown-name` for what is not there. */
export interface Naming {
  /** The application, or all of the environment. */
  appsOf(environment: string, app: string | undefined): readonly string[];
  /** The environment at its newest revision. */
  question(environment: string): Question;
  /**
   * What would be done to bring what an aim reaches of an application there, nothing of what it leaves alone; `asked`: if a person asked
   * for that.
   */
  decided(aim: Aimed, app: string, hosts: readonly HostRecord[], asked?: boolean): Promise<Decision>;
  /** The same, and what would be done to keep the others. */
  decidedWithRest(aim: Aimed, app: string, hosts: readonly HostRecord[]): Promise<Decision>;
  /** The bytes of the files of the revision that is deployed, rendered with the present secrets; none where that cannot be told. */
  contentsDeployed(newest: Question, app: string, hosts: readonly HostRecord[]): Promise<Decision['contents']>;
  /** What a person's deployment would aim at now; `thawed`: were it not frozen. */
  chosen(newest: Question, app: string, thawed?: 'thawed'): Promise<Choice>;
  /** What is aimed at while nobody asks for anything, and by what. */
  standing(newest: Question, app: string): Promise<Standing>;
}

export function createNaming({ environments, revisions, states, remembered, controls }: NamingDependencies): Naming {
  const { terms } = rememberedOf(remembered, states);
  const decide = (aim: Aimed, app: string, hosts: readonly HostRecord[], asked: boolean) =>
    decideAim(revisions, aim, {
      app,
      hosts,
      asked,
      terms: ({ environment, revision }) => terms(targetOf(environment.name, app), revision),
    });
  const known = ({ environment: { name } }: Question, app: string) =>
    Promise.all([states.readState(appTarget(name, app)), controls.read(name, app)]);
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
    decided: async (aim, app, hosts, asked = false) => (await decide(aim, app, hosts, asked)).own,
    decidedWithRest: async (aim, app, hosts) => (await decide(aim, app, hosts, false)).decision,
    contentsDeployed: async (newest, app, hosts) => {
      const revision = deployedRevision(await states.readState(appTarget(newest.environment.name, app)));
      if (!revision || sameRevision(revision, newest.revision)) return new Map();
      const { own } = await decide({ ...newest, revision }, app, hosts, false).catch(() => ({ own: undefined }));
      return own?.contents ?? new Map();
    },
    chosen: async (newest, app, thawed) => {
      const [state, said] = await known(newest, app);
      return chooseAim({ newest, state, trigger: 'manual', controls: thawed ? { ...said, freeze: undefined } : said });
    },
    standing: async (newest, app) => {
      const [state, said] = await known(newest, app);
      const choice = chooseAim({ newest, state, trigger: 'discovery', controls: said });
      return { target: targetOf(newest.environment.name, app), choice, controls: said, state };
    },
  };
}
