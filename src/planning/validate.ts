import type { Application, Issue, Secrets, Variable } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import { containerName } from '../model/names.ts';
import type { HostDeclaration } from '../model/root.ts';
import { checkNames } from '../rendering/check-names.ts';
import { compileFormula } from '../rendering/formula.ts';
import type { FormulaWatch } from '../rendering/formula-watch.ts';
import { createSurroundings } from '../rendering/surroundings.ts';
import { compileTemplate, startOf } from '../rendering/template-syntax.ts';
import { declaredFormulas } from '../repository/declared-formulas.ts';
import { formatIssue, sortIssues } from '../repository/issues.ts';
import { surveyRepository } from '../repository/validate-repository.ts';
import { Secret } from '../secret.ts';
import { inEnvironments } from './fresh-issues.ts';

/** Every mistake of a working copy that shows before anything runs, sorted: declarations, templates, formulas and the names in them. */
export function validate(tree: Tree, watch?: FormulaWatch): readonly Issue[] {
  const survey = surveyRepository(tree);
  const endless: Issue[] = [];
  const noting = watch && collecting(watch, endless);
  const named = survey.environments.flatMap(({ environment, applications }) => {
    const readable = applications.flatMap((one) => one.readable ?? []);
    const allRead = readable.length === applications.length && applications.every(({ unread }) => unread.length === 0);
    return applications.flatMap(({ readable: application, unread, issues }) => {
      if (application === undefined) return [];
      const ofServices = [...(allRead ? [] : ['apps']), ...(unread.length === 0 ? [] : ['services', 'app'])];
      const partly = [...ofServices, ...(issues.length === 0 ? [] : ['env'])];
      const found = nameIssues({ application, applications: readable, hosts: survey.root.hosts, unread: partly, watch: noting });
      return [{ environment: environment.name, app: application.name, issues: found }];
    });
  });
  const applications = survey.environments.flatMap((one) => one.applications.flatMap(({ readable }) => readable ?? []));
  return sortIssues([
    ...survey.issues,
    ...templateIssues(tree, applications),
    ...formulaIssues(tree),
    ...endless,
    ...inWhichEnvironment(named),
  ]);
}

/** Names are checked against values that may be missing: what is refused would not show. */
const collecting = (watch: FormulaWatch, refused: Issue[]): FormulaWatch => ({
  ...watch,
  begin: (formula) => {
    const message = watch.begin(formula);
    if (message !== undefined) refused.push({ ...formula.place, message });
    return message;
  },
});

interface Named {
  readonly application: Application;
  /** All of the environment. */
  readonly applications: readonly Application[];
  readonly hosts: readonly HostDeclaration[];
  readonly unread: readonly string[];
  readonly watch: FormulaWatch | undefined;
}

function nameIssues({ application, applications, hosts, unread: partly, watch }: Named): readonly Issue[] {
  const variables = [...applications.flatMap(({ services }) => services), ...hosts].flatMap((one) => Object.values(one.variables));
  const checked = application.services.map((service) =>
    checkNames({
      application,
      applications,
      service,
      unread: partly,
      container: {
        name: containerName(application.environment, application.name, service.name, 1),
        index: 1,
        host: '',
        networks: service.spec.networks.map(({ name }) => name),
        labels: service.spec.labels,
      },
      hostDeclarations: hosts,
      surroundings: createSurroundings({ environment: application.environment, hosts: [], secrets: standInSecrets(variables) }),
      ...(watch === undefined ? {} : { watch }),
    }),
  );
  // A formula of the application that no file reads may be meant for one service only: it is wrong where it is wrong in all of them.
  const samePlace = (a: Issue, b: Issue) => a.file === b.file && a.line === b.line && a.column === b.column;
  const [first, ...others] = checked.map(({ formulas }) => formulas);
  const unread = (first ?? []).filter((issue) => others.every((formulas) => formulas.some((other) => samePlace(issue, other))));
  return [...checked.flatMap(({ issues }) => issues), ...unread];
}

/** What is in them is nobody's business here. */
const standInSecrets = (variables: readonly Variable[]): Secrets =>
  Object.fromEntries(variables.flatMap((variable) => (variable.kind === 'secret' ? [[variable.name, new Secret('secret')]] : [])));

interface Checked {
  readonly environment: string;
  readonly app: string;
  readonly issues: readonly Issue[];
}

/** Says which environment lacks a name that the application has in others. */
function inWhichEnvironment(checked: readonly Checked[]): readonly Issue[] {
  return checked.flatMap(({ app, issues }) => {
    const ofApplication = checked.filter((one) => one.app === app);
    return issues.map((issue) => {
      const lacking = ofApplication.filter((one) => one.issues.some((other) => formatIssue(other) === formatIssue(issue)));
      if (lacking.length === ofApplication.length) return issue;
      return inEnvironments(
        issue,
        lacking.map(({ environment }) => environment),
      );
    });
  });
}

function templateIssues({ files }: Tree, applications: readonly Application[]): readonly Issue[] {
  const used = applications.flatMap(({ services }) => services.flatMap(({ configs }) => configs.filter(({ template }) => template)));
  const unused = [...files]
    .filter(([path]) => /^(apps|templates)\/.*\.mustache$/.test(path))
    .map(([file, bytes]) => ({ start: startOf({ file }), bytes }));
  const all = [...used.map((config) => ({ start: startOf(config), bytes: config.bytes })), ...unused];
  const templates = new Map(all.map((one) => [JSON.stringify(one.start), one]));
  return [...templates.values()].flatMap(({ start, bytes }) => compileTemplate(start, new TextDecoder().decode(bytes)));
}

const formulaIssues = (tree: Tree): readonly Issue[] => declaredFormulas(tree).flatMap(({ cel, place }) => compileFormula(cel, place));
