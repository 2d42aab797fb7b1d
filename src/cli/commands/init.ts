import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ApplicationPlan } from '../../model/documents.ts';
import { apiVersion } from '../../model/documents.ts';
import { application, environment } from '../arguments.ts';
import { CliError, exitStatus } from '../cli-error.ts';
import { count } from '../format.ts';
import type { Answers, InitOptions } from '../init/answers.ts';
import type { ComposeFolder } from '../init/compose-folder.ts';
import type { CreatedRepository } from '../init/create-repository.ts';
import { addSystemdOptions, initSystemd, type SystemdOptions } from '../init-systemd.ts';
import type { Session } from '../session.ts';
import { applicationText } from './plan.ts';

/** `windlass init [DIR]`. */
export function addInit(program: Command, session: Session): void {
  const command = program
    .command('init')
    .description('make a config repository, new or from a Compose project that runs already; asks on a terminal what is not given')
    .argument('[DIR]', 'its folder, made where it is missing', '.')
    .option('--from <dir>', 'take the Compose project of this folder: its file is kept as it is, its containers are taken over')
    .option('--environment <name>', 'the environment', environment)
    .option('--branch <name>', 'the branch of the repository that it follows')
    .option('--app <name>', 'the application', application)
    .option('--project <name>', 'with --from: what docker compose ls calls the project')
    .option('--no-adopt', 'with --from: do not take over what Compose started')
    .option('--convert-binds', 'with --from: make config files of bind-mounted configuration, and absolute paths of other relative binds')
    .option('--policy <policy>', 'mutable: push configuration into running containers; immutable: make them anew')
    .option('--approval', 'every deployment waits until a person has approved it')
    .option('--no-example', 'without --from: no template')
    .option('--no-git', 'make no Git repository and no commit')
    .option('--schemas', "make no repository, but write this version's schemas for editors into that of the folder, over older ones")
    .option('-y, --yes', 'do not ask: what is not given has its default')
    .option('--json', 'print one JSON document');
  addSystemdOptions(command).action((folder: string, options: InitOptions & SystemdOptions) => {
    if (options.schemas) return refreshSchemas(session, folder, options);
    return options.systemd === undefined ? init(session, folder, options) : initSystemd(session, options.systemd, options);
  });
}

async function refreshSchemas(session: Session, folder: string, { json }: InitOptions): Promise<void> {
  const { writeSchemas } = await import('../init/schemas.ts');
  const paths = await writeSchemas(folder);
  if (json) session.printJson({ apiVersion, folder: resolve(folder), paths });
  else session.print(paths.map((path) => `${path}\n`).join(''));
}

async function init(session: Session, folder: string, options: InitOptions): Promise<void> {
  // Only here: parsers, Git and the engine's client would cost every other command's start.
  const { gatherAnswers } = await import('../init/answers.ts');
  const { createRepository } = await import('../init/create-repository.ts');
  const { formatQuoted, validateFolder } = await import('../validate-folder.ts');
  const answers = await gatherAnswers(session, folder, options);
  const created = await createRepository(answers, answers.from && (await machine(session)));
  const issues = await validateFolder(folder);
  const looked = answers.from && issues.length === 0 ? await look(session, answers, answers.from) : undefined;
  if (options.json) session.printJson({ apiVersion, folder: resolve(folder), ...created, issues, ...looked });
  else {
    session.print(created.paths.map((path) => `${path}\n`).join(''));
    for (const note of created.notes) session.note(note);
    session.print(
      issues
        .flatMap(formatQuoted)
        .map((line) => `${line}\n`)
        .join(''),
    );
    if (looked?.plan) session.print(`\nthe first deployment of ${answers.environment} on this host:\n${planOf(session, looked.plan)}`);
    if (looked?.unreachable) session.note(`what the first deployment will do cannot be told: ${looked.unreachable}`);
  }
  if (issues.length > 0) {
    const cure = issues.some(({ message }) => message.includes('which is not on the host')) && !options.convertBinds;
    session.note(`${count(issues.length, 'mistake')} to correct${cure ? '; --convert-binds corrects those of relative bind mounts' : ''}`);
    session.end(exitStatus.failed);
  }
  session.note(nextSteps(folder, answers, created, issues.length > 0));
}

/** Where a project is a Git working tree, this machine's git knows which files belong to it. */
async function machine(session: Session) {
  const { findSystemGit } = await import('../../git/system-git.ts');
  const { path, home, secretsDirectory } = session.settings();
  return { git: await findSystemGit({ path, home, sshAuthSock: undefined }), secretsDirectory };
}

async function look(
  session: Session,
  { folder, environment, app, adopt }: Answers,
  from: ComposeFolder,
): Promise<{ plan?: ApplicationPlan; unreachable?: string }> {
  const { lookAtHost } = await import('../init/look-at-host.ts');
  const { foresee } = await import('../init/foresee.ts');
  const { projectSecrets } = await import('../init/project-secrets.ts');
  const settings = session.settings();
  const seen = await lookAtHost(settings);
  if ('unreachable' in seen) return seen;
  const projects = [...new Set(seen.host.compose.map(({ project }) => project))].sort();
  if (adopt !== undefined && !projects.includes(adopt)) session.note(notRunning(adopt, projects));
  const secrets = await projectSecrets(from, settings.secretsDirectory);
  const plan = await foresee({ folder, environment, app, host: seen.host, secrets });
  if (plan === undefined) throw new CliError('the repository that was written cannot be read');
  return { plan };
}

const notRunning = (project: string, others: readonly string[]): string =>
  `no container of the Compose project ${project} is on this host (${others.length === 0 ? 'nor of any other' : `there are ${others.join(', ')}`}); is it called otherwise? say --project NAME`;

const planOf = (session: Session, plan: ApplicationPlan): string =>
  plan.steps.length + plan.issues.length === 0 ? '\nnothing to do\n' : applicationText(plan, session.paint);

function nextSteps(folder: string, { environment, approval }: Answers, { committed }: CreatedRepository, wrong: boolean): string {
  const lines = [
    ...(wrong ? [`windlass validate ${folder}`] : []),
    ...(committed && !wrong ? [] : ['git add --all && git commit']),
    `WINDLASS_REPOSITORY=${resolve(folder)} windlass up`,
    `windlass ${approval ? 'approve' : 'status'}${approval ? ` ${environment}` : ''}`,
  ];
  return `next:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}
