import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type ErrorRequestHandler, type Request, type RequestHandler, type Response, Router, urlencoded } from 'express';
import helmet from 'helmet';
import { messageOf, WindlassError } from '../../errors.ts';
import type { DeploymentRecord } from '../../model/deployment.ts';
import { deploymentId } from '../../model/names.ts';
import type { Secret } from '../../secret.ts';
import { errorAnswer } from '../error-answer.ts';
import { read } from '../input.ts';
import type { Operations } from '../operations.ts';
import { deploymentPage } from './deployment-page.ts';
import { overviewPage } from './overview-page.ts';
import { sendPage } from './page.ts';
import { icon, style } from './panel-style.ts';
import { logLines, logTail } from './read-log.ts';
import { createSessions } from './session.ts';
import { fromOwnPage, isSignedIn, pathBack, type SignInOptions, signIn, signOut } from './sign-in.ts';
import { againMark, errorPage, signInPage } from './sign-in-page.ts';

export interface PanelOptions extends SignInOptions {
  readonly operations: Pick<Operations, 'status' | 'history' | 'deployment' | 'deploymentLog'>;
  /** What sessions are signed with beside the admin token: something that nobody can guess. */
  readonly salt: Secret;
}

/** Deployments that the overview lists. */
const newest = 30;

/** Pages for people, made here and without scripts: how everything stands, and how each deployment went. */
export function createPanel(options: PanelOptions): Router {
  const { operations } = options;
  const sessions = createSessions(options.adminToken, options.salt);
  const signedIn = (request: Request) => isSignedIn(request, sessions, options.now());
  // A page's links are relative to its path: with a slash behind it they would lead elsewhere.
  const router = Router({ strict: true });
  const show = (path: string, answer: (id: string, response: Response) => Promise<void>) =>
    router.get(path, ...headers, async (request: Request<{ id: string }>, response: Response) => {
      if (signedIn(request as unknown as Request)) return answer(request.params.id, response);
      sendPage(
        response.status(401),
        signInPage({ path: request.path, back: pathBack(request.path), retry: !(againMark in request.query) }),
      );
    });
  show('/', async (_, response) => {
    const [status, history] = await Promise.all([operations.status(), operations.history({ limit: newest })]);
    sendPage(response, overviewPage(status, history.deployments));
  });
  show('/deployments/:id', async (id, response) => {
    const deployment = await known(operations, id);
    sendPage(response, deploymentPage(deployment, await logTail(operations, id)));
  });
  show('/deployments/:id/log', async (id, response) => {
    await known(operations, id);
    await pipeline(Readable.from(logLines(operations, id)), response.type('text/plain'));
  });
  router.get('/panel.css', ...headers, (_request, response) => void response.type('text/css').send(style));
  router.get('/panel.svg', ...headers, (_request, response) => void response.type('image/svg+xml').send(icon));
  router.post('/sign-in', ...headers, fromOwnPage(options), urlencoded({ extended: false, limit: '4kb' }), signIn(options, sessions));
  router.post('/sign-out', ...headers, fromOwnPage(options), signOut);
  router.use(answerErrors(options, signedIn));
  return router;
}

/** Nothing is loaded or sent elsewhere, and no other site has it in a frame. Forms tell their origin, which no-referrer would hide. */
const headers: readonly RequestHandler[] = [
  helmet.contentSecurityPolicy({
    useDefaults: false,
    directives: {
      'default-src': ["'none'"],
      'style-src': ["'self'"],
      'img-src': ["'self'"],
      'form-action': ["'self'"],
      'base-uri': ["'none'"],
      'frame-ancestors': ["'none'"],
    },
  }),
  helmet.referrerPolicy({ policy: 'same-origin' }),
  (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  },
];

async function known(operations: PanelOptions['operations'], id: string): Promise<DeploymentRecord> {
  const found = await operations.deployment(read(deploymentId, id));
  if (found) return found.deployment;
  throw new WindlassError('unknown-name', `There is no deployment ${id}: the newest 500 are kept.`);
}

function answerErrors({ log }: PanelOptions, signedIn: (request: Request) => boolean): ErrorRequestHandler {
  return (error, request, response, _next) => {
    if (response.headersSent || response.closed) return void response.destroy();
    const { status, body } = errorAnswer(error);
    if (status === 500) log.error({ path: request.path, error: messageOf(error) }, 'page failed');
    sendPage(
      response.status(status),
      errorPage({ path: request.path, title: `${status}`, message: body.error.message, signedIn: signedIn(request) }),
    );
  };
}
