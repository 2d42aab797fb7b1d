import { resolve } from 'node:path';
import { isBranchName } from '../../model/branch-name.ts';
import { application, environment } from '../arguments.ts';
import { wrongUse } from '../cli-error.ts';
import type { Session } from '../session.ts';
import { withQuestions } from './ask.ts';
import { applicationOf, readComposeFolder } from './compose-folder.ts';
import type { NewRepository } from './create-repository.ts';

/** As commander gives them. */
export interface InitOptions {
  readonly from?: string;
  readonly environment?: string;
  readonly branch?: string;
  readonly app?: string;
  readonly project?: string;
  readonly adopt: boolean;
  readonly convertBinds?: true;
  readonly policy?: string;
  readonly approval?: true;
  readonly example: boolean;
  readonly git: boolean;
  readonly schemas?: true;
  readonly yes?: true;
  readonly json?: true;
}

export type Answers = NewRepository;

/** What the options say, then what a person answers, then the defaults. */
export async function gatherAnswers(session: Session, folder: string, options: InitOptions): Promise<Answers> {
  const from = options.from === undefined ? undefined : await readComposeFolder(options.from);
  if (from !== undefined && resolve(folder) === from.path) {
    throw wrongUse(`the repository needs a folder of its own: windlass init --from ${options.from} ../${from.project}-config`);
  }
  return withQuestions(session.io, options.yes === true, async (ask) => {
    const name = options.environment ?? (await ask('environment', 'production', environment));
    const branch = options.branch ?? (await ask('its branch', 'main', branchName));
    const app = options.app ?? (await ask('application', from ? applicationOf(from) : 'hello', application));
    const project = options.project ?? from?.project ?? '';
    const adopting = from !== undefined && options.adopt && yes(await ask(`take over what Compose runs as ${project}?`, 'yes'));
    const question = 'policy: mutable pushes configuration into running containers, immutable makes them anew';
    const chosen = policy(options.policy ?? (await ask(question, 'mutable', policy)));
    const example = from === undefined && options.example && yes(await ask('an example template?', 'yes'));
    return {
      folder,
      from,
      environment: name,
      branch: branchName(branch),
      app,
      adopt: adopting ? project : undefined,
      policy: chosen,
      approval: options.approval === true,
      example,
      convert: options.convertBinds === true,
      git: options.git,
    };
  });
}

const yes = (answer: string): boolean => /^y(es)?$/i.test(answer);

function policy(text: string): 'mutable' | 'immutable' {
  if (text === 'mutable' || text === 'immutable') return text;
  throw wrongUse(`a policy is mutable or immutable, not ${JSON.stringify(text)}`);
}

function branchName(text: string): string {
  if (isBranchName(text)) return text;
  throw wrongUse(`${JSON.stringify(text)} is no name of a branch`);
}
