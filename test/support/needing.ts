import test, { type ExecutionContext } from 'ava';
import { hasProgram } from '../../playground/machine.ts';

/** Declares tests, one after the other, that are left out, and say so, on a machine without one of these programs. */
export function needing(...programs: readonly string[]) {
  const missing = programs.filter((program) => !hasProgram(program));
  return (title: string, run: (t: ExecutionContext) => Promise<void>): void => {
    if (missing.length === 0) test.serial(title, run);
    else test.serial.skip(`${title} (left out: no ${missing.join(', no ')} here)`, run);
  };
}
