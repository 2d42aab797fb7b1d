import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import type { Secret } from '../secret.ts';
import { RequestError } from './request-error.ts';

/** Lets requests with `Authorization: Bearer <token>` through, compared in constant time; `cure` says where the token is found. */
export function requireBearer(token: Secret, cure: string): RequestHandler {
  return (request, response, next) => {
    const given = /^Bearer +(\S+)$/i.exec(request.get('authorization') ?? '')?.[1];
    if (given !== undefined && isSame(given, token.reveal())) return next();
    response.set('WWW-Authenticate', 'Bearer realm="windlass"');
    next(new RequestError(401, 'unauthorized', `${given === undefined ? 'no token was given' : 'the token is wrong'}: ${cure}`));
  };
}

/** Compares in a time that does not tell where the two differ; their lengths may. */
export const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));

const digest = (text: string) => createHash('sha256').update(text).digest();

/**
 * Answers 429 to an address with more than `limit` wrong tokens a minute. Runs after a token was refused: a right one always
 * gets through, so that a forgotten browser tab or a stranger behind the same proxy cannot lock an operator out.
 */
export function slowDownGuessing(limit: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    // Windlass trusts no proxy: the address is the connection's, whatever X-Forwarded-For says.
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    handler: (_request, _response, next) => {
      next(new RequestError(429, 'too-many-requests', 'too many wrong tokens from this address: wait a minute'));
    },
  });
}
