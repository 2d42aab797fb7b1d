import express, { type ErrorRequestHandler, type Express, type RequestHandler, type Router } from 'express';
import helmet from 'helmet';
import type { Log } from '../log.ts';
import type { Secret } from '../secret.ts';
import { createAgentRoutes } from './agent-routes.ts';
import { requireBearer, slowDownGuessing } from './bearer.ts';
import { answerErrors } from './error-answer.ts';
import { bodyDeadline } from './events.ts';
import type { AgentDoor, Operations } from './operations.ts';
import { createPanel } from './panel/create-panel.ts';
import { RequestError } from './request-error.ts';
import { createRoutes } from './routes.ts';

export interface ApiOptions {
  readonly operations: Operations;
  readonly agentDoor: AgentDoor;
  readonly adminToken: Secret;
  readonly agentToken: Secret;
  /** Stands under /hooks, before anything that reads a body: proofs are over raw bytes. */
  readonly hooks: Router;
  /** Where browsers find it. */
  readonly publicUrl: string;
  readonly log: Log;
  /** Epoch milliseconds; the clock's by default. */
  readonly now?: () => number;
  /** Wrong tokens a minute from one address before it is told to wait; 20 by default. */
  readonly wrongTokensPerMinute?: number;
  /** 15 s by default. */
  readonly heartbeatMs?: number;
  /** How long a request's body may take outside /agent; 30 s by default. */
  readonly bodyDeadlineMs?: number;
}

/** The controller's one HTTP door: hooks, API, agents' routes, probes, metrics and panel. */
export function createApi(options: ApiOptions): Express {
  const { operations, log } = options;
  const slowDown = slowDownGuessing(options.wrongTokensPerMinute ?? 20);
  const deadline = bodyDeadline(options.bodyDeadlineMs ?? 30_000);
  const app = express();
  app.set('etag', false);
  app.set('query parser', 'simple');
  app.use(headers());
  app.use('/hooks', deadline, options.hooks);
  app.use(
    '/agent/v1',
    requireBearer(options.agentToken, 'agents use the token that the controller gave them'),
    createAgentRoutes(options.agentDoor),
  );
  app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, response) => {
    const { ok, reasons } = await operations.ready();
    response.status(ok ? 200 : 503).json({ ok, reasons });
  });
  app.get('/metrics', async (_request, response) => {
    // Express's own type() would add a second charset.
    response.setHeader('Content-Type', 'text/plain; version=0.0.4; charset=utf-8');
    response.end(await operations.metrics());
  });
  app.use('/api', deadline, noStore, ...adminOnly(options.adminToken, slowDown), versioned(operations, options.heartbeatMs ?? 15_000));
  const { adminToken, agentToken: salt, publicUrl, now = Date.now } = options;
  app.use(deadline, createPanel({ operations, adminToken, salt, publicUrl, slowDown, now, log }));
  app.use((request) => {
    throw new RequestError(404, 'unknown-route', `nothing answers ${request.method} ${request.path}`);
  });
  app.use(answerErrors(log));
  return app;
}

/**
 * No upgrade to HTTPS and no HSTS: windlass speaks plain HTTP, often without a proxy that adds TLS, and both would break the panel there.
 */
function headers(): RequestHandler {
  return helmet({
    contentSecurityPolicy: { directives: { 'default-src': ["'self'"], 'style-src': ["'self'"], 'upgrade-insecure-requests': null } },
    strictTransportSecurity: false,
  });
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

function adminOnly(adminToken: Secret, slowDown: RequestHandler): [RequestHandler, ErrorRequestHandler] {
  return [
    requireBearer(adminToken, 'windlass token shows it on the controller; give it as WINDLASS_ADMIN_TOKEN'),
    async (refusal, request, response, next) => slowDown(request, response, (error) => next(error ?? refusal)),
  ];
}

function versioned(operations: Operations, heartbeatMs: number): Router {
  const router = express.Router();
  router.use('/v1', createRoutes(operations, heartbeatMs));
  return router;
}
