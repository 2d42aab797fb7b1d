import type { DeploymentRecord, StepRecord } from '../model/deployment.ts';
import type { OutcomeDocument } from '../model/status-documents.ts';
import { count, oneLine, printable, shortDuration } from './format.ts';
import { createLiveRegion } from './live-region.ts';
import { type Paint, paintState } from './paint.ts';
import { progressRows, stepKey } from './progress-rows.ts';
import type { Session } from './session.ts';
import { isLively, roomOf } from './terminal.ts';

/** Tells people how far something is that takes time. */
export interface Report {
  /** What was found at a look. */
  look(found: Pick<OutcomeDocument, 'environment' | 'apps' | 'deployments'>): void;
  /** Lines to stay, above what is drawn. */
  print(text: string): void;
  /** Nothing is drawn after this; `clear` takes away what was. */
  end(how: 'keep' | 'clear'): void;
}

/** Rows that are drawn in place on a terminal, lines elsewhere; on stderr, for stdout is for data. */
export function createReport(session: Session): Report {
  return isLively(session.io.env, session.io.stderr) ? liveReport(session) : plainReport(session);
}

const redrawMs = 100;

function liveReport({ io, notePaint }: Session): Report {
  const region = createLiveRegion(io.stderr);
  const sayFailures = createStepReporter(notePaint, (line) => region.print(`${line}\n`), ['failed', 'undone']);
  const firstSeen = new Map<string, number>();
  let last: Parameters<Report['look']>[0] | undefined;
  let frame = 0;
  const draw = () => {
    if (!last) return;
    const now = performance.now();
    const elapsed = (key: string) => {
      const at = firstSeen.get(key);
      return at === undefined ? undefined : now - at;
    };
    region.show(progressRows(viewOf(last, elapsed), roomOf(io.env, io.stderr, frame++), notePaint));
  };
  const timer = setInterval(draw, redrawMs);
  io.stderr.on('resize', draw);
  const see = (key: string) => void (firstSeen.has(key) || firstSeen.set(key, performance.now()));
  return {
    look: (found) => {
      last = found;
      for (const deployment of found.deployments) {
        see(deployment.id);
        for (const [index, { state }] of deployment.steps.entries()) if (state === 'running') see(stepKey(deployment.id, index));
        sayFailures(deployment);
      }
      draw();
    },
    print: region.print,
    end: (how) => {
      clearInterval(timer);
      io.stderr.off('resize', draw);
      if (how === 'keep') draw();
      region.end(how);
    },
  };
}

function viewOf(
  { environment, apps, deployments }: Parameters<Report['look']>[0],
  elapsed: (key: string) => number | undefined,
): Parameters<typeof progressRows>[0] {
  const waiting = apps.filter(({ name }) => !deployments.some(({ app }) => app === name));
  return {
    // The newest last, where the eye is; one that has ended takes the time that the controller measured.
    deployments: deployments.toReversed(),
    waiting: waiting.map(({ name, state }) => ({ name: `${environment}/${name}`, state })),
    elapsed: (key) => {
      const ended = deployments.find(({ id, finishedAt }) => id === key && finishedAt !== undefined);
      return ended?.finishedAt === undefined ? elapsed(key) : Date.parse(ended.finishedAt) - Date.parse(ended.startedAt);
    },
  };
}

function plainReport({ io, note, notePaint }: Session): Report {
  const say = createStepReporter(notePaint, note);
  return {
    look: ({ deployments }) => deployments.toReversed().forEach(say),
    print: (text) => void io.stderr.write(text),
    end: () => {},
  };
}

/** Lines for the steps of a deployment whose state is another than when it was last shown; only `states`, where given. */
function createStepReporter(
  paint: Paint,
  note: (line: string) => void,
  states?: readonly StepRecord['state'][],
): (deployment: DeploymentRecord) => void {
  const shown = new Map<string, StepRecord['state']>();
  return ({ id, app, steps }) => {
    for (const [index, step] of steps.entries()) {
      const key = stepKey(id, index);
      if (step.state === 'queued' || shown.get(key) === step.state) continue;
      shown.set(key, step.state);
      if (states === undefined || states.includes(step.state)) note(stepText(app, step, paint));
    }
  };
}

/** One line, and under it what the failed tool itself said. */
function stepText(app: string, { kind, name, host, state, ms, reason, error }: StepRecord, paint: Paint): string {
  const what = `${app}: ${kind} ${name} on ${host} ${paintState(paint, state)}`;
  if (state === 'running') return `${what}: ${oneLine(reason)}`;
  const time = ms === undefined ? '' : ` in ${shortDuration(ms)}`;
  if (error === undefined) return what + time;
  const [message = '', ...output] = printable(error).trimEnd().split('\n');
  return [`${what}${time}: ${message.trim()}`, ...quoted(output, paint)].join('\n');
}

const mostQuoted = 20;

/** What a tool said, apart from windlass's own words: its last lines. */
function quoted(lines: readonly string[], paint: Paint): readonly string[] {
  const last = lines.slice(-mostQuoted).map((line) => `  ${paint('dim', '|')} ${line}`);
  const more = lines.length - last.length;
  return more > 0 ? [`  ${paint('dim', `| ${count(more, 'line')} before this`)}`, ...last] : last;
}
