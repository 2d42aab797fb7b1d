import { createHmac } from 'node:crypto';
import type { Secret } from '../../secret.ts';
import { isSame } from '../bearer.ts';

/** Who has signed in. Nothing is kept of a session: it is the time of its end, signed. Another admin token ends all of them. */
export interface Sessions {
  /** `now` in epoch milliseconds, here and below. */
  begin(now: number): string;
  isOpen(session: string, now: number): boolean;
}

export const sessionSeconds = 12 * 3600;

/** `salt` is random and in nobody's cookie: without it a session would let its finder try out admin tokens at leisure. */
export function createSessions(adminToken: Secret, salt: Secret): Sessions {
  const key = createHmac('sha256', salt.reveal()).update(`panel session ${adminToken.reveal()}`).digest();
  const sign = (until: string) => createHmac('sha256', key).update(until).digest('base64url');
  return {
    begin: (now) => {
      const until = String(Math.floor(now / 1000) + sessionSeconds);
      return `${until}.${sign(until)}`;
    },
    isOpen: (session, now) => {
      const [, until = '', signature = ''] = /^([0-9]{1,12})\.([A-Za-z0-9_-]{43})$/.exec(session) ?? [];
      return isSame(signature, sign(until)) && Number(until) > now / 1000;
    },
  };
}
