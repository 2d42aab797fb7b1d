import type { Step } from '../model/step.ts';
import type { Decision } from './decide.ts';
import type { DesiredFiles } from './desired-files.ts';
import type { Plan } from './plan.ts';
import { isIn } from './reach.ts';

/**
 * One decision of two: `ours` brings some of an application's containers to what is wanted, `rest` keeps the others at what is
 * deployed. Without a decision that can be carried out for the others they are let be.
 */
export function withRest(ours: Decision, rest: Decision): Decision {
  const { reach } = ours.plan;
  if (!reach || ours.issues.length + ours.homeless.length + rest.issues.length + rest.homeless.length > 0) return ours;
  const isReached = (container: DesiredFiles) => isIn(reach, container);
  return {
    ...ours,
    plan: joined(ours.plan, rest.plan),
    contents: new Map([...rest.contents, ...ours.contents]),
    lists: { ...rest.lists, ...ours.lists },
    secrets: [...new Set([...ours.secrets, ...rest.secrets])],
    holdsSecrets: ours.holdsSecrets || rest.holdsSecrets,
    containers: [...ours.containers.filter(isReached), ...rest.containers.filter((one) => !isReached(one))],
  };
}

function joined(ours: Plan, rest: Plan): Plan {
  const differences = [...ours.differences, ...rest.differences];
  const retires = new Set<Step>(differences.flatMap((one) => (one.retires && one.step ? [one.step] : [])));
  const wave = [...ours.wave, ...rest.wave];
  // Nobody is taken away while somebody, at whichever revision, still has to be told, or still lists him because a guard says so.
  const working = wave.filter((step) => !retires.has(step));
  const guarded = [...new Set([...ours.guarded, ...rest.guarded])];
  const held = ours.held ?? rest.held;
  return {
    ...ours,
    differences,
    wave: working.length > 0 || guarded.length > 0 ? working : wave,
    guarded,
    strangers: [...ours.strangers, ...rest.strangers.filter(({ withheld }) => !withheld)],
    waiting: [...ours.waiting, ...rest.waiting],
    paused: [...ours.paused, ...rest.paused],
    patienceMs: Math.max(ours.patienceMs, rest.patienceMs),
    lost: [...new Set([...ours.lost, ...rest.lost])],
    paces: [...ours.paces, ...rest.paces.filter(({ name }) => !ours.paces.some((pace) => pace.name === name))],
    ...(held === undefined ? {} : { held }),
  };
}
