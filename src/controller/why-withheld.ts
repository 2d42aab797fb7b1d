import type { Controls } from '../model/control.ts';
import type { ApplicationState } from '../model/deployment.ts';
import type { StandingCanary } from '../planning/canary.ts';
import type { Choice } from '../workers/choose-aim.ts';
import { pinMessage } from '../workers/conclude.ts';
import { frozenMessage } from '../workers/deploy.ts';
import { sameRevision } from '../workers/environment-state.ts';
import { limitText, pausedMessage } from '../workers/part.ts';
import { leftMessage } from '../workers/settle.ts';
import type { LeftAsItIs } from './drift-status.ts';

/** How an application stands while nobody asks for anything. */
export interface Standing {
  /** `ENV/APP`. */
  readonly target: string;
  readonly choice: Choice;
  readonly controls: Controls;
  readonly state: ApplicationState | undefined;
}

/** What stands before the newest revision in containers of a service, and who put it there: a sentence. */
export function whyWithheld(
  { target, choice, controls: { limit }, state }: Standing,
  canaries: readonly StandingCanary[],
  service: string,
): string {
  const [environment = '', app = ''] = target.split('/');
  const named = `${environment} --app ${app}`;
  if (choice.kind === 'frozen') return frozenMessage(choice.freeze);
  if (choice.left) return leftMessage(target, choice.left);
  if (choice.pin) return pinMessage(choice.pin);
  if (choice.kind === 'gated') return `waits for approval: windlass approve ${named}`;
  if (choice.passesOver) return `it has failed; windlass deploy ${named} tries it again`;
  const { revision } = choice.aim;
  if (choice.seen !== revision.commit) return `waits until the deployment of ${revision.commit.slice(0, 7)} has ended`;
  const canary = state?.part && sameRevision(state.part.revision, revision) ? state.part.canary : undefined;
  if (canaries.some((one) => one.service === service))
    return canary ? pausedMessage(named, revision.commit, canary) : `comes behind the canary of ${service}`;
  return limit
    ? `limited to ${limitText(limit)} by ${limit.by}; windlass deploy ${named} takes the limit off`
    : `waits until the deployment of ${revision.commit.slice(0, 7)} has ended`;
}

/** Why a file that somebody else has changed is left as it is. */
export function whyLeft({ verdict, times }: LeftAsItIs): string {
  switch (verdict) {
    case 'ignore':
      return 'changed by somebody else, and left so by drift: ignore';
    case 'report':
      return 'changed by somebody else; windlass deploy puts it right, as drift: report says';
    case 'paused':
      return `changed by somebody else ${times} times; it is put right with growing pauses`;
  }
}
