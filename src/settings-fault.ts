import { readFileSync } from 'node:fs';
import { createFault, type Fault, noFault, type Send } from './fault.ts';

/** What WINDLASS_FAULT says; `@FILE` is looked into at every passing, so that a test can choose the point of a process that runs. */
export function openFault(setting: string | undefined, send?: Send): Fault {
  if (!setting?.startsWith('@')) return createFault(setting, send);
  let chosen = { setting: '', fault: noFault };
  return (point) => {
    const now = contentOf(setting.slice(1));
    if (now !== chosen.setting) chosen = { setting: now, fault: createFault(now, send) };
    chosen.fault(point);
  };
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}
