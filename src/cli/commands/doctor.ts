import type { Command } from 'commander';
import { messageOf, WindlassError } from '../../errors.ts';
import { apiVersion, type DoctorDocument, type Finding } from '../../model/documents.ts';
import type { Settings } from '../../settings.ts';
import { CliError, exitStatus } from '../cli-error.ts';
import { printable } from '../format.ts';
import type { Paint } from '../paint.ts';
import type { Session } from '../session.ts';

/** `windlass doctor`. */
export function addDoctor(program: Command, session: Session): void {
  program
    .command('doctor')
    .description('try everything that windlass works with, and say what to do about what is wrong')
    .option('--json', 'print one JSON document')
    .action(async ({ json }: { json?: true }) => {
      const findings = await examine(session);
      const document: DoctorDocument = { apiVersion, findings };
      if (json) session.printJson(document);
      else session.print(findingsText(findings, session.paint));
      if (findings.some(({ state }) => state === 'wrong')) session.end(exitStatus.failed);
    });
}

/** The controller's own findings where one answers, else what can be seen from here. */
async function examine(session: Session): Promise<readonly Finding[]> {
  let settings: Settings;
  try {
    settings = session.settings();
  } catch (error) {
    if (!(error instanceof WindlassError)) throw error;
    return error.message.split('\n').map((message) => ({
      check: 'settings',
      subject: 'settings',
      state: 'wrong',
      message,
      cure: 'docs/configuration.md has every setting',
    }));
  }
  const warnings = settings.warnings.map(
    (message): Finding => ({ check: 'settings', subject: 'settings', state: 'advice', message, cure: 'see it for a slip, or unset it' }),
  );
  try {
    const client = await session.client();
    const { findings } = await client.send<DoctorDocument>('POST', ['doctor'], {});
    const answered: Finding = { check: 'controller', subject: settings.url, state: 'ok', message: 'the controller answers' };
    return [...warnings, answered, ...findings];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const { examineHere } = await import('../../doctor/examine-here.ts');
    return [...warnings, controllerFinding(settings, error), ...(await examineHere(settings))];
  }
}

/** Before its first start there is none: what refuses is wrong, what does not answer may not have been started. */
function controllerFinding({ url }: Settings, error: CliError): Finding {
  const finding = { check: 'controller', subject: url } as const;
  const [message = '', cure = 'see its log'] = messageOf(error).split(/: (?=start it|set |run this|is that)/);
  const away = error.answer === 0 || error.answer === undefined;
  return { ...finding, state: away ? 'advice' : 'wrong', message, cure };
}

const signs: Readonly<Record<Finding['state'], { readonly word: string; readonly colour: Parameters<Paint>[0] }>> = {
  ok: { word: 'ok', colour: 'green' },
  advice: { word: 'advice', colour: 'yellow' },
  wrong: { word: 'WRONG', colour: 'red' },
  untried: { word: 'untried', colour: 'dim' },
};

/** A line for each finding, under what it is about, and what to do below what is not well. */
export function findingsText(findings: readonly Finding[], paint: Paint): string {
  const subjects = [...new Set(findings.map(({ subject }) => subject))];
  const blocks = subjects.map((subject) => {
    const lines = findings.filter((one) => one.subject === subject).flatMap((finding) => findingLines(finding, paint));
    return [paint('bold', printable(subject)), ...lines].map((line) => `${line}\n`).join('');
  });
  const wrong = findings.filter(({ state }) => state === 'wrong').length;
  const advice = findings.filter(({ state }) => state === 'advice').length;
  const sum =
    wrong === 0 ? `nothing is wrong${advice === 0 ? '' : `; ${advice} could be better`}` : `${wrong} wrong, ${advice} could be better`;
  return `${blocks.join('\n')}\n${sum}\n`;
}

function findingLines({ check, state, message, cure }: Finding, paint: Paint): readonly string[] {
  const { word, colour } = signs[state];
  const line = `  ${paint(colour, word.padEnd(7))}  ${check.padEnd(10)}  ${printable(message).replaceAll('\n', ' ')}`;
  return cure === undefined || state === 'ok' ? [line] : [line, `${' '.repeat(23)}${paint('dim', `→ ${printable(cure)}`)}`];
}
