import type { Application, Issue, Root, Variable } from '../model/application.ts';
import type { Tree } from '../model/image.ts';
import { compileFormula } from '../rendering/formula.ts';
import { compileTemplate } from '../rendering/template-syntax.ts';
import { applicationNames, readApplication } from '../repository/read-application.ts';
import { readImages } from '../repository/read-images.ts';
import { readRoot } from '../repository/read-root.ts';

/** Mistakes in templates and formulas that show without a view: of all applications that can be read, and of templates nobody uses yet. */
export function compileDeclarations(tree: Tree): readonly Issue[] {
  const { root } = readRoot(tree);
  const applications = root ? readApplications(tree, root) : [];
  return [...templateIssues(tree, applications), ...formulaIssues(root, applications)];
}

function readApplications(tree: Tree, root: Root): readonly Application[] {
  const { images } = readImages(tree);
  return root.environments.flatMap((environment) =>
    applicationNames(tree, environment).flatMap((app) => readApplication({ tree, root, environment, app, images }).application ?? []),
  );
}

function templateIssues({ files }: Tree, applications: readonly Application[]): readonly Issue[] {
  const used = applications.flatMap(({ services }) => services.flatMap(({ configs }) => configs.filter(({ template }) => template)));
  const templates = new Map(used.map(({ file, bytes }) => [file, bytes]));
  for (const [path, bytes] of files) if (/^(apps|templates)\/.*\.mustache$/.test(path)) templates.set(path, bytes);
  return [...templates].flatMap(([path, bytes]) => compileTemplate(path, new TextDecoder().decode(bytes)));
}

function formulaIssues(root: Root | undefined, applications: readonly Application[]): readonly Issue[] {
  const ofServices = applications.flatMap(({ services }) => services.map(({ variables }) => variables));
  const ofHosts = root?.hosts.map(({ variables }) => variables) ?? [];
  const variables: readonly Variable[] = [...ofServices, ...ofHosts].flatMap((named) => Object.values(named));
  return variables.flatMap((variable) => (variable.kind === 'formula' ? compileFormula(variable.cel, variable.place) : []));
}
