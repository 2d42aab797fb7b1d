import type { Variable } from '../model/application.ts';

type Formula = Extract<Variable, { kind: 'formula' }>;

/** Is told of every formula that is worked out, and may refuse one. */
export interface FormulaWatch {
  /** Why it is not to be worked out; undefined: it is, until `end`. One formula may need another's value meanwhile. */
  begin(formula: Formula): string | undefined;
  end(): void;
}
