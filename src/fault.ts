/**
 * Injection points: places in the two paths where a test may have the process die as `kill -9` would.
 * `WINDLASS_FAULT=point` kills at the first passing of `point`, `point:3` at the third; `redis@point` kills Redis instead of the process.
 * `@FILE` looks into a file at every passing (settings-fault.ts). Without it a point costs a comparison.
 */
export type Fault = (point: string) => void;

export const noFault: Fault = () => {};

export function createFault(setting: string | undefined, redisPid?: number, kill: (pid: number) => void = killNow): Fault {
  if (!setting) return noFault;
  // Points have colons of their own (`push:swapped`): only a number behind the last one counts.
  const [, redis, wanted, count = '1'] = /^(redis@)?(.*?)(?::(\d+))?$/.exec(setting) ?? [];
  const victim = redis ? redisPid : process.pid;
  let left = Number(count);
  return (point) => {
    if (point === wanted && --left === 0 && victim !== undefined) kill(victim);
  };
}

const killNow = (pid: number): void => void process.kill(pid, 'SIGKILL');
