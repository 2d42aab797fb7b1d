import type { Finding } from '../model/documents.ts';
import { findingsOf } from './finding.ts';

/** What became of asking the repository. Errors are sentences. */
export interface RepositoryFacts {
  /** Without credentials; undefined: WINDLASS_REPOSITORY is not set. */
  readonly name: string | undefined;
  readonly hasToken: boolean;
  readonly readError: string | undefined;
  /** Whether the Git host lets windlass push; undefined: it cannot be told without pushing. */
  readonly mayPush: boolean | undefined;
  /** Why it may not be pushed to, where that is known. */
  readonly pushError?: string | undefined;
  /** Whether commit statuses can be set; `untold`: this Git host does not say; undefined: it gets none. */
  readonly mayReport: boolean | 'untold' | undefined;
  /** Sentences with places, all of them; undefined: they were not looked for. */
  readonly mistakes: readonly string[] | undefined;
}

export function judgeRepository(facts: RepositoryFacts): readonly Finding[] {
  const { name, readError, mayPush, pushError, mayReport, mistakes } = facts;
  const { ok, advice, wrong, untried } = findingsOf('repository', name ?? 'repository');
  if (name === undefined) {
    return [wrong('WINDLASS_REPOSITORY is not set', 'set it to the URL or path of the config repository; "windlass init" makes one')];
  }
  if (readError !== undefined) return [wrong(readError, cureOf(facts))];
  const findings = [ok('it can be read')];
  if (mayPush === true) findings.push(ok('it may be pushed to, as "windlass vars set" and "windlass deploy --set" do'));
  if (mayPush === undefined) findings.push(untried('whether windlass may push to it shows only when it does: "windlass vars set"'));
  if (mayPush === false) {
    findings.push(
      advice(
        pushError === undefined ? 'windlass may not push to it' : `windlass may not push to it: ${pushError}`,
        'only "windlass vars set" and "windlass deploy --set" need that: give the token (WINDLASS_REPOSITORY_TOKEN) write access for them, or run windlass as the owner of a repository of this machine',
      ),
    );
  }
  if (mayReport === true) findings.push(ok('commit statuses may be set'));
  if (mayReport === 'untold')
    findings.push(untried('this Git host does not tell whether the token may set commit statuses: a push shows it'));
  if (mayReport === false) {
    findings.push(
      advice(
        'the token may not set commit statuses',
        'give it write access to commit statuses, so that a push shows its outcome on the Git host',
      ),
    );
  }
  if (mistakes === undefined)
    findings.push(untried('what is in it was not looked at: the controller does that', '"windlass validate DIR" does it in a checkout'));
  else if (mistakes.length === 0) findings.push(ok('what it declares has no mistakes'));
  else findings.push(...mistakes.map((mistake) => wrong(mistake, 'correct it and push')));
  return findings;
}

/** A repository that images are built from; it is only ever read. */
export interface SourceFacts extends Pick<RepositoryFacts, 'hasToken' | 'readError' | 'mayPush'> {
  readonly source: string;
  /** Its URL, without credentials. */
  readonly name: string;
}

export function judgeSource({ source, name, hasToken, readError, mayPush }: SourceFacts): readonly Finding[] {
  const { ok, advice, wrong } = findingsOf('repository', name);
  const setting = `WINDLASS_SOURCE_${source.toUpperCase().replaceAll('-', '_')}_TOKEN`;
  if (readError !== undefined) return [wrong(`source ${source}: ${readError}`, cureOf({ hasToken, readError }, setting))];
  const findings = [ok(`source ${source} can be read`)];
  if (hasToken && mayPush === true) {
    findings.push(advice(`the token of source ${source} may push, which nothing needs`, `give ${setting} one that may only read`));
  }
  return findings;
}

function cureOf(
  { hasToken, readError = '' }: Pick<RepositoryFacts, 'hasToken' | 'readError'>,
  setting = 'WINDLASS_REPOSITORY_TOKEN',
): string {
  if (/\b(401|403|404)\b|credential|permission/i.test(readError)) {
    return hasToken
      ? `the token (${setting}) has run out, or may not read this repository`
      : `a private repository needs a token: ${setting}; else see the URL for a slip`;
  }
  return 'see its address and the way to the Git host; what was fetched before goes on being deployed';
}
