import type { ErrorRequestHandler } from 'express';
import { type ErrorCode, messageOf, WindlassError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { ErrorDocument } from '../model/documents.ts';
import { RequestError } from './request-error.ts';

const statuses: Readonly<Record<ErrorCode, number>> = {
  settings: 422,
  repository: 422,
  build: 422,
  'unknown-name': 404,
  state: 409,
  conflict: 409,
  locked: 409,
  fenced: 409,
  refused: 409,
  install: 409,
  health: 409,
  verify: 409,
  git: 502,
  docker: 502,
  notify: 502,
  redis: 503,
  'host-lost': 503,
  deadline: 504,
};

/** The HTTP status and body for anything thrown; what is not meant for people says only that it is in the log. */
export function errorAnswer(error: unknown): { readonly status: number; readonly body: ErrorDocument } {
  if (error instanceof RequestError) return { status: error.status, body: { error: { code: error.code, message: error.message } } };
  if (error instanceof WindlassError) return { status: statuses[error.code], body: { error: described(error) } };
  const status = clientStatus(error);
  if (status) return { status, body: { error: { code: 'input', message: messageOf(error) } } };
  return { status: 500, body: { error: { code: 'internal', message: 'an unexpected error: the log of the controller says more' } } };
}

/** The issues of a repository are the lines of the error's output. */
function described(error: WindlassError): ErrorDocument['error'] {
  const { code, message, output } = error;
  if (output === undefined) return { code, message };
  if (code === 'repository') return { code, message, issues: output.split('\n').filter((line) => line !== '') };
  return { code, message, output };
}

/** Express and its body parser throw errors that say themselves whether the request is at fault. */
function clientStatus(error: unknown): number | undefined {
  const status = error instanceof Error && 'status' in error ? error.status : undefined;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

/** Express's last handler: answers, or cuts the answer off where it has begun, so that nobody takes half of it for the whole. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (error, request, response, _next) => {
    // Whoever asked has left, which is also how a followed log ends.
    if (response.closed) return log.debug({ method: request.method, path: request.path, error: messageOf(error) }, 'request abandoned');
    const { status, body } = errorAnswer(error);
    // The path only: a query may hold what a person typed by mistake.
    if (status === 500) log.error({ err: error, method: request.method, path: request.path }, 'request failed');
    if (response.headersSent) {
      log.warn({ method: request.method, path: request.path, error: messageOf(error) }, 'answer cut off');
      response.destroy();
    } else response.status(status).json(body);
  };
}
