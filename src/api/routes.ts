import { pipeline } from 'node:stream/promises';
import express, { type Request, type RequestHandler, Router } from 'express';
import { WindlassError } from '../errors.ts';
import { apiVersion, type LogDocument } from '../model/documents.ts';
import { deploymentId, environmentName, hostName } from '../model/names.ts';
import { announcesBody, closed, sendEvents } from './events.ts';
import * as input from './input.ts';
import type { Operations } from './operations.ts';
import { RequestError } from './request-error.ts';

/** What stands under /api/v1; `heartbeatMs` is that of the event stream. */
export function createRoutes(operations: Operations, heartbeatMs: number): Router {
  const router = Router();
  router.use(jsonAlone, express.json({ limit: '64kb' }));
  router.get(
    '/status',
    answer(() => operations.status()),
  );
  router.get(
    '/hosts',
    answer(() => operations.hosts()),
  );
  router.delete(
    '/hosts/:host',
    answer<{ host: string }>(({ params }) => operations.forgetHost(input.read(hostName, params.host))),
  );
  router.get(
    '/hook',
    answer(() => operations.hook()),
  );
  router.post(
    '/doctor',
    answer(() => operations.doctor()),
  );
  router.get(
    '/history',
    answer((request) => operations.history(input.defined(input.read(input.historyQuery, request.query)))),
  );
  router.get(
    '/deployments/:id',
    answer<{ id: string }>((request) => deployment(operations, request.params.id)),
  );
  router.get(
    '/deployments/:id/log',
    answer<{ id: string }>((request) => deploymentLog(operations, request.params.id, request.query)),
  );
  router.get('/events', (_request, response) => sendEvents(response, (signal) => operations.events(signal), heartbeatMs));
  router.use('/environments', environmentRoutes(operations));
  return router;
}

/** A body that nobody reads would be taken for none, and so for a wish that concerns all of an environment. */
const jsonAlone: RequestHandler = (request, _response, next) => {
  if (!announcesBody(request) || request.is('json')) return next();
  throw new RequestError(400, 'input', 'a body must be JSON: Content-Type: application/json');
};

interface InEnvironment {
  readonly environment: string;
}

function environmentRoutes(operations: Operations): Router {
  const router = Router();
  router.param('environment', (_request, _response, next, name) => known(operations, name).then(() => next(), next));
  router.get(
    '/:environment/plan',
    answer<InEnvironment>(({ params: { environment }, query }) =>
      operations.plan({ environment, ...input.defined(input.read(input.planQuery, query)) }),
    ),
  );
  router.get(
    '/:environment/diff',
    answer<InEnvironment>(({ params }) => operations.diff(params.environment)),
  );
  router.get(
    '/:environment/render',
    answer<InEnvironment>(({ params: { environment }, query }) =>
      operations.render({ environment, ...input.defined(input.read(input.renderQuery, query)) }),
    ),
  );
  router.post(
    '/:environment/deploy',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.deploy({ environment, ...input.defined(input.read(input.deployBody, body)) }),
    ),
  );
  router.put(
    '/:environment/freeze',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.freeze({ environment, frozen: true, ...input.defined(input.read(input.freezeBody, body)) }),
    ),
  );
  router.delete(
    '/:environment/freeze',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.freeze({ environment, frozen: false, ...input.defined(input.read(input.freezeBody, body)) }),
    ),
  );
  addDecisions(router, operations);
  addVariables(router, operations);
  router.get('/:environment/logs/:app/:service', containerLogs(operations));
  return router;
}

/** What a person decides after having been shown what it would do. */
function addDecisions(router: Router, operations: Operations): void {
  router.get(
    '/:environment/approval',
    answer<InEnvironment>(({ params: { environment }, query }) =>
      operations.approval({ environment, ...input.defined(input.read(input.approvalQuery, query)) }),
    ),
  );
  router.post(
    '/:environment/approve',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.approve({ environment, ...input.defined(input.read(input.approveBody, body)) }),
    ),
  );
  router.get(
    '/:environment/rollback',
    answer<InEnvironment>(({ params: { environment }, query }) =>
      operations.rollbackPlan({ environment, ...input.defined(input.read(input.rollbackQuery, query)) }),
    ),
  );
  router.post(
    '/:environment/rollback',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.rollback({ environment, ...input.defined(input.read(input.rollbackBody, body)) }),
    ),
  );
  router.get(
    '/:environment/canary',
    answer<InEnvironment>(({ params: { environment }, query }) =>
      operations.canary({ environment, ...input.defined(input.read(input.canaryQuery, query)) }),
    ),
  );
  router.post(
    '/:environment/canary',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.decideCanary({ environment, ...input.defined(input.read(input.canaryBody, body)) }),
    ),
  );
}

function addVariables(router: Router, operations: Operations): void {
  router.get(
    '/:environment/variables',
    answer<InEnvironment>(({ params: { environment }, query }) =>
      operations.variables({ environment, ...input.defined(input.read(input.variablesQuery, query)) }),
    ),
  );
  router.post(
    '/:environment/variables/plan',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.planVariables({ environment, ...input.read(input.variablesPlanBody, body) }),
    ),
  );
  router.post(
    '/:environment/variables',
    answer<InEnvironment>(({ params: { environment }, body }) =>
      operations.changeVariables({ environment, ...input.defined(input.read(input.variablesChangeBody, body)) }),
    ),
  );
}

/** One JSON document as the answer. */
function answer<Params = object>(ask: (request: Request<Params>) => Promise<object>): RequestHandler<Params> {
  return async (request, response) => {
    response.json(await ask(request));
  };
}

async function known(operations: Operations, name: string): Promise<void> {
  input.read(environmentName, name);
  const names = await operations.environmentNames();
  if (names.includes(name)) return;
  const others = names.length === 0 ? 'windlass.yaml declares none, or has not been read yet' : `there is ${names.join(', ')}`;
  throw new WindlassError('unknown-name', `there is no environment ${name}: ${others}`);
}

async function deployment(operations: Operations, id: string): Promise<object> {
  return (await operations.deployment(input.read(deploymentId, id))) ?? unknownDeployment(id);
}

async function deploymentLog(operations: Operations, id: string, query: unknown): Promise<LogDocument> {
  const { from } = input.read(input.logQuery, query);
  const log = (await operations.deploymentLog(input.read(deploymentId, id), from)) ?? unknownDeployment(id);
  return { apiVersion, ...log };
}

function unknownDeployment(id: string): never {
  throw new WindlassError('unknown-name', `there is no deployment ${id}: windlass history lists them`);
}

function containerLogs(operations: Operations): RequestHandler {
  return async (request, response) => {
    const signal = closed(response);
    const query = { ...input.read(input.serviceParams, request.params), ...input.read(input.containerLogQuery, request.query), signal };
    const lines = await operations.containerLogs(query);
    response.type('text/plain');
    response.flushHeaders();
    // The reader who hangs up ends a follow: no failure.
    await pipeline(lines, response).catch((error) => {
      if (!signal.aborted) throw error;
    });
  };
}
