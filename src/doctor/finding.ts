import type { Finding } from '../model/documents.ts';

/** Makes the findings of one check about one thing. */
export function findingsOf(check: Finding['check'], subject: string) {
  return {
    ok: (message: string): Finding => ({ check, subject, state: 'ok', message }),
    advice: (message: string, cure: string): Finding => ({ check, subject, state: 'advice', message, cure }),
    wrong: (message: string, cure: string): Finding => ({ check, subject, state: 'wrong', message, cure }),
    untried: (message: string, cure?: string): Finding => ({
      check,
      subject,
      state: 'untried',
      message,
      ...(cure === undefined ? {} : { cure }),
    }),
  };
}

/** Whether `version` (`20.10.24`) is at least `least`; what cannot be read is. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split(/[.-]/).slice(0, 3).map(Number));
  for (const [i, wanted] of (want ?? []).entries()) {
    const found = have?.[i] ?? 0;
    if (Number.isNaN(found) || found > wanted) return true;
    if (found < wanted) return false;
  }
  return true;
}
