import type { Variable } from '../model/application.ts';
import { evaluate } from './formula.ts';
import type { Scope } from './formula-scope.ts';
import type { FormulaWatch } from './formula-watch.ts';
import { IssueError, type Reading } from './reading.ts';
import type { Surroundings } from './surroundings.ts';
import { type ViewEntry, type ViewValue, viewOf } from './view-object.ts';

/** What reading a variable takes. */
export interface VariableContext {
  readonly surroundings: Surroundings;
  readonly reading: Reading;
  /** The names that this reader's formulas see; asked for when the first formula is read. */
  readonly scope: () => Scope;
  /** The formulas being worked out just now, by qualified name, over all scopes of the view. */
  readonly underway: string[];
  readonly watch?: FormulaWatch;
  /** `BACKENDS` → `services.web.variables.BACKENDS` for another service's. */
  readonly qualify: (name: string) => string;
}

/** Each variable as an entry of a view, computed when it is read. */
export function variableEntries(variables: Readonly<Record<string, Variable>>, context: VariableContext): readonly ViewEntry[] {
  return Object.entries(variables).map(([name, variable]) => [name, () => variableValue(name, variable, context)]);
}

function variableValue(name: string, variable: Variable, context: VariableContext): ViewValue {
  if (variable.kind === 'constant') return viewOf(variable.value);
  if (variable.kind === 'secret') return secretOf(variable, context);
  return formulaOf(name, variable, context);
}

function secretOf(variable: Variable & { readonly kind: 'secret' }, { surroundings, reading }: VariableContext): string {
  const text = surroundings.ask({ kind: 'secret', name: variable.name });
  if (text === undefined) {
    const message = `secret "${variable.name}" is missing: put it into the file ${variable.name} in WINDLASS_SECRETS_DIR`;
    throw new IssueError({ ...variable.place, message });
  }
  reading.reveal(text);
  return text;
}

function formulaOf(name: string, variable: Variable & { readonly kind: 'formula' }, context: VariableContext): ViewValue {
  const { underway } = context;
  const qualified = context.qualify(name);
  if (underway.includes(qualified)) {
    const cycle = [...underway.slice(underway.indexOf(qualified)), qualified].join(' → ');
    throw new IssueError({ ...variable.place, message: `the formula of "${name}" needs its own value: ${cycle}` });
  }
  const scope = context.scope();
  const refused = context.watch?.begin(variable);
  if (refused !== undefined) throw new IssueError({ ...variable.place, message: refused });
  underway.push(qualified);
  try {
    const evaluated = evaluate(variable.cel, scope, variable.place);
    if ('issue' in evaluated) throw new IssueError(evaluated.issue);
    scope.results.set(name, evaluated.cel);
    return evaluated.value;
  } finally {
    underway.pop();
    context.watch?.end();
  }
}
