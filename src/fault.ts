/**
 * Injection points: places in the two paths where a test may have the process die as `kill -9` would.
 * `WINDLASS_FAULT=point` kills at the first passing of `point`, `point:3` at the third; `halt@point` halts the process instead (SIGSTOP),
 * so that what it stands on may be killed at that very moment.
 * `@FILE` looks into a file at every passing (settings-fault.ts). Without it a point costs a comparison.
 */
export type Fault = (point: string) => void;

export const noFault: Fault = () => {};

/** Sends this process a signal. */
export type Send = (signal: NodeJS.Signals) => void;

export function createFault(setting: string | undefined, send: Send = sendNow): Fault {
  if (!setting) return noFault;
  // Points have colons of their own (`push:swapped`): only a number behind the last one counts.
  const [, halts, wanted, count = '1'] = /^(halt@)?(.*?)(?::(\d+))?$/.exec(setting) ?? [];
  let left = Number(count);
  return (point) => {
    if (point === wanted && --left === 0) send(halts ? 'SIGSTOP' : 'SIGKILL');
  };
}

const sendNow: Send = (signal) => void process.kill(process.pid, signal);
