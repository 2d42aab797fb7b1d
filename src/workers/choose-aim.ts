import type { Alone, Controls, Freeze, Pin, Revision } from '../model/control.ts';
import type { ApplicationState, Trigger } from '../model/deployment.ts';
import type { Scope } from '../model/scope.ts';
import { sameDeclaration } from '../planning/plan-digest.ts';
import { isNewer, sameRevision } from './environment-state.ts';
import { standingPart } from './part.ts';
import type { Question } from './revisions.ts';

/** All that decides what an application is to be brought to. */
export interface Situation {
  /** The environment as the last fetch left it. */
  readonly newest: Question;
  readonly state: ApplicationState | undefined;
  readonly trigger: Trigger;
  readonly controls: Controls;
}

/** What to bring some of an application's containers to, or all of them. */
export interface Aimed extends Question {
  /** Undefined: all. */
  readonly scope?: Scope;
  /** Where the others are kept; undefined: they are let be. */
  readonly rest?: Question;
  /** The pause of its canary is over: the others follow once the canary is well. */
  readonly pauseOver?: boolean;
}

interface Common {
  /** What it should be at: the newest revision, or the one that a person went back to. */
  readonly wanted: Revision;
  /** The environment's newest commit that this choice takes account of. */
  readonly seen: string;
  /** Set while a person's rollback counts. */
  readonly pin: Pin | undefined;
  /** Set while something newer does not concern the application. */
  readonly left: Alone | undefined;
}

/** `open`: bring it to `aim`. `gated`: only once its plan is approved. `frozen`: only config files of what is deployed follow. */
export type Choice = Common &
  (
    | {
        readonly kind: 'open';
        readonly aim: Aimed;
        readonly kept: Aimed | undefined;
        /** What is wanted has failed, and is not tried again now. */
        readonly passesOver?: true;
      }
    | { readonly kind: 'gated'; readonly aim: Aimed; readonly kept: Aimed | undefined }
    | { readonly kind: 'frozen'; readonly kept: Aimed | undefined; readonly freeze: Freeze }
  );

/** What an application was brought to last, as far as that is known. */
export function deployedRevision(state: ApplicationState | undefined): Revision | undefined {
  return state?.deployed === undefined ? undefined : { commit: state.deployed, sources: state.deployedSources };
}

/** The rollback that still counts: nothing newer than what it passes over has been pushed. */
export const activePin = ({ pin }: Controls, newest: Revision): Pin | undefined => (pin && !isNewer(newest, pin.over) ? pin : undefined);

/** What is newest of all that concerns an application: where others were deployed alone, it is as if nothing had been pushed since. */
export const newestFor = (newest: Question, { left }: Controls): Question =>
  left ? { ...newest, ...left.declared, revision: left.revision } : newest;

/** Which revision to aim at, and what stands before it. What a person has said comes before what was pushed. */
export function chooseAim(given: Situation): Choice {
  const { controls, state } = given;
  const newest = newestFor(given.newest, controls);
  const situation = { ...given, newest };
  const pin = activePin(controls, newest.revision);
  const wanted = pin?.revision ?? newest.revision;
  const left = sameRevision(given.newest.revision, newest.revision) ? undefined : controls.left;
  const common = { wanted, seen: given.newest.revision.commit, pin, left };
  const kept = keptAim(situation);
  if (controls.freeze) return { ...common, kind: 'frozen', kept, freeze: controls.freeze };
  const { approval } = controls;
  // What was begun with an approval is brought to its end, whatever is pushed meanwhile: half of it would be nobody's wish.
  if (!pin && approval?.begun && approval.void === undefined) {
    const aim = inPart({ ...approval.declared, revision: approval.revision }, situation);
    return { ...common, wanted: approval.revision, kind: 'open', aim, kept };
  }
  if (kept && passedOver(wanted, situation, pin)) return { ...common, kind: 'open', aim: letOn(kept, situation), kept, passesOver: true };
  const whole = { ...newest, revision: wanted, pulled: pin?.pulled };
  const aim = pin ? whole : inPart(whole, situation);
  const unapproved = !pin && newest.environment.approval === 'required' && !isDeployed(aim, state);
  if (!unapproved) return { ...common, kind: 'open', aim, kept };
  // A canary that was let go on is brought to its end before anybody is asked about what is newer.
  if (kept && isLetOn(kept, situation)) return { ...common, wanted: kept.revision, kind: 'open', aim: letOn(kept, situation), kept };
  return { ...common, kind: 'gated', aim, kept };
}

const isLetOn = ({ revision, scope }: Aimed, { controls: { continued } }: Situation): boolean =>
  scope?.canary === true && continued !== undefined && sameRevision(continued.revision, revision);

/**
 * A new revision reaches no more than a person has limited it to, and of each service its canary first. Both are for what takes the
 * place of something: with nothing deployed there is nothing that a canary could save.
 */
function inPart(aim: Question, situation: Situation): Aimed {
  const { newest, state, controls } = situation;
  const deployed = deployedRevision(state);
  if (deployed && sameRevision(deployed, aim.revision)) return aim;
  const { limit } = controls;
  const { canary: stands, pauseOver } = canaryOf(aim, situation);
  const canary = deployed !== undefined && stands;
  if (!limit && !canary) return aim;
  const { services, containers } = limit ?? { services: [], containers: [] };
  const rest = keptQuestion({ newest, state });
  return {
    ...aim,
    scope: { ...(limit ? { limit: { services, containers } } : {}), canary },
    ...(rest ? { rest } : {}),
    pauseOver,
  };
}

/** Only a person lets the others follow whatever a canary looks like; the clock, which knows nothing of it, once it is well. */
function canaryOf({ revision }: Question, { state, controls: { continued } }: Situation) {
  const on = continued && sameRevision(continued.revision, revision) ? continued : undefined;
  const until = standingPart(state, { revision })?.canary?.until;
  const pauseOver = on !== undefined && until !== undefined && Date.parse(until) <= Date.parse(on.at);
  return { canary: on?.by === undefined, pauseOver };
}

/** A canary that stands goes on though something newer has failed meanwhile. */
const letOn = (kept: Aimed, situation: Situation): Aimed => {
  if (!kept.scope?.canary) return kept;
  const { canary, pauseOver } = canaryOf(kept, situation);
  return { ...kept, scope: { ...kept.scope, canary }, pauseOver };
};

/**
 * A revision that failed is tried again when somebody asks (a push, a person), not because a container came or went, or a canary of
 * an earlier one is taken back: until then what was deployed before it is kept in line.
 */
function passedOver(wanted: Revision, { state, trigger }: Situation, pin: Pin | undefined): boolean {
  const asked = trigger === 'push' || trigger === 'manual' || (trigger === 'rollback' && pin !== undefined);
  // Who waits for an approval has asked for it again.
  const isFailed = state?.failed !== undefined && state.state !== 'awaiting-approval' && sameRevision(state.failed, wanted);
  return isFailed && !asked;
}

/** What the application is at: one revision, or two while a canary stands or a limit holds. */
export function keptAim(situation: Pick<Situation, 'newest' | 'state'>): Aimed | undefined {
  const rest = keptQuestion(situation);
  const { newest, state } = situation;
  if (!state?.part) return rest;
  const { revision, declared, scope } = state.part;
  return { ...(newest.environment.approval === 'required' ? declared : newest), revision, scope, ...(rest ? { rest } : {}) };
}

/** What is deployed, under the declarations it was deployed with where a change of those needs an approval too. */
export function keptQuestion({ newest, state }: Pick<Situation, 'newest' | 'state'>): Question | undefined {
  const revision = deployedRevision(state);
  if (!revision) return undefined;
  const declared = newest.environment.approval === 'required' ? state?.declared : undefined;
  return { ...(declared ?? newest), revision, pulled: state?.pulled };
}

function isDeployed(aim: Question, state: ApplicationState | undefined): boolean {
  const deployed = deployedRevision(state);
  return deployed !== undefined && sameRevision(deployed, aim.revision) && (!state?.declared || sameDeclaration(state.declared, aim));
}
