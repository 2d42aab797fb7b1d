import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import type { Log } from '../../log.ts';
import type { Secret } from '../../secret.ts';
import { isSame } from '../bearer.ts';
import { read } from '../input.ts';
import { RequestError } from '../request-error.ts';
import { sendPage } from './page.ts';
import { isSameOrigin } from './same-origin.ts';
import { type Sessions, sessionSeconds } from './session.ts';
import { signInPage } from './sign-in-page.ts';

export interface SignInOptions {
  readonly adminToken: Secret;
  /** Where browsers find windlass, for what a proxy does to the host's name. */
  readonly publicUrl: string;
  /** Runs after a wrong token; its callback gets an error for an address that had too many. */
  readonly slowDown: RequestHandler;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}

const cookie = 'windlass_session';
const body = z.object({ token: z.string().max(1_000), path: z.string().max(300) });
/** The only places that a sign-in leads to. */
const pagePath = /^\/(?:deployments\/[A-Za-z0-9_.:%-]{1,200}(?:\/log)?)?$/;

/** Where to come back to: a page of the panel. */
export const pathBack = (path: string): string => (pagePath.test(path) ? path : '/');

export function isSignedIn({ headers }: Request, sessions: Sessions, now: number): boolean {
  const values = (headers.cookie ?? '').split(/; */).filter((pair) => pair.startsWith(`${cookie}=`));
  return values.some((pair) => sessions.isOpen(pair.slice(cookie.length + 1), now));
}

/** Takes the form of signInPage: a right token begins a session, a wrong one gets the form again. */
export function signIn({ adminToken, slowDown, now, log }: SignInOptions, sessions: Sessions): RequestHandler {
  return (request, response, next) => {
    const { token, path } = read(body, request.body);
    if (isSame(token.trim(), adminToken.reveal())) {
      // Where the browser came by TLS, a proxy's, the session is never to leave without it.
      const secure = request.get('origin')?.startsWith('https:') === true;
      response.cookie(cookie, sessions.begin(now()), {
        httpOnly: true,
        sameSite: 'strict',
        path: '/',
        maxAge: sessionSeconds * 1_000,
        secure,
      });
      return response.redirect(303, `.${pathBack(path)}`);
    }
    log.warn({ address: request.socket.remoteAddress }, 'a wrong admin token at the panel');
    const again = (status: number, message: string) =>
      sendPage(response.status(status), signInPage({ path: request.path, back: pathBack(path), message, retry: false }));
    return slowDown(request, response, (error?: unknown) => {
      if (error === undefined) return again(401, 'The token is wrong.');
      return error instanceof RequestError ? again(error.status, error.message) : next(error);
    });
  };
}

export function signOut(_request: Request, response: Response): void {
  response.clearCookie(cookie, { httpOnly: true, sameSite: 'strict', path: '/' });
  response.redirect(303, './');
}

/** Refuses forms that other sites' pages send. */
export function fromOwnPage({ publicUrl }: Pick<SignInOptions, 'publicUrl'>): RequestHandler {
  return (request, _response, next) => {
    if (isSameOrigin(request.headers, publicUrl)) return next();
    const cure = 'if it was this one, WINDLASS_PUBLIC_URL is not where browsers find it';
    next(new RequestError(403, 'foreign', `another site sent this form; ${cure}`));
  };
}
