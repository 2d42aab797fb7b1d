/**
 * Injection points: places in the two paths where a test may have the process die as `kill -9` would.
 * `WINDLASS_FAULT=point` kills at the first passing of `point`, `point:3` at the third. Without it a point costs a comparison.
 */
export type Fault = (point: string) => void;

export const noFault: Fault = () => {};

export function createFault(setting: string | undefined, die: () => void = () => process.kill(process.pid, 'SIGKILL')): Fault {
  if (!setting) return noFault;
  // Points have colons of their own (`push:swapped`): only a number behind the last one counts.
  const [, wanted, count = '1'] = /^(.*?)(?::(\d+))?$/.exec(setting) ?? [];
  let left = Number(count);
  return (point) => {
    if (point === wanted && --left === 0) die();
  };
}
