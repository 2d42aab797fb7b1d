import { z } from 'zod';
import { historyName } from '../model/deployment.ts';
import {
  applicationName,
  commitId,
  containerReference,
  contentHash,
  deploymentId,
  environmentName,
  hostName,
  serviceName,
} from '../model/names.ts';
import { RequestError } from './request-error.ts';

/** Checks what a request says; RequestError 400 names all that is wrong in one line. */
export function read<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`));
  throw new RequestError(400, 'input', problems.join('; '));
}

const number = (least: number, most: number, otherwise: number) => z.coerce.number().int().min(least).max(most).default(otherwise);
/** `?follow`, `?follow=true`, `?follow=1`. */
const flag = z
  .enum(['', 'true', '1', 'false', '0'])
  .transform((text) => text === '' || text === 'true' || text === '1')
  .default(false);

export const serviceParams = z.object({ environment: environmentName, app: applicationName, service: serviceName });
export const historyQuery = z.strictObject({
  environment: environmentName.optional(),
  app: historyName.optional(),
  limit: number(1, 1000, 20),
});
export const logQuery = z.strictObject({ from: number(0, Number.MAX_SAFE_INTEGER, 0) });
export const renderQuery = z.strictObject({ app: applicationName.optional(), service: serviceName.optional() });
export const containerLogQuery = z.strictObject({ follow: flag, tail: number(0, 100_000, 100) });
/** An absent body asks for the whole environment. */
const author = z.string().max(200).optional();
const part = { app: applicationName.optional(), service: serviceName.optional(), container: containerReference.optional() };
const isOfApplication = ({ app, service, container }: { readonly [Key in keyof typeof part]?: string | undefined }) =>
  app !== undefined || (service === undefined && container === undefined);
const ofApplication = { error: 'services and containers are those of one application: name it too' };
export const planQuery = z.strictObject({ ...part, fresh: flag }).refine(isOfApplication, ofApplication);
export const deployBody = z
  .strictObject({ ...part, author, removals: commitId.or(z.literal('newest')).optional() })
  .refine(isOfApplication, ofApplication)
  .default({});
export const canaryQuery = z.strictObject({ app: applicationName.optional() });
export const canaryBody = z.strictObject({
  apps: z.record(applicationName, commitId),
  decision: z.enum(['continue', 'abort']),
  author,
});
export const freezeBody = z.strictObject({ app: applicationName.optional(), reason: z.string().max(500).optional(), author }).default({});
export const approvalQuery = z.strictObject({ app: applicationName.optional() });
export const approveBody = z.strictObject({ apps: z.record(applicationName, z.string().regex(/^[0-9a-f]{64}$/)), author });
export const rollbackQuery = z.strictObject({ app: applicationName.optional(), to: deploymentId.optional() });
export const rollbackBody = z.strictObject({ apps: z.record(applicationName, deploymentId), author });
const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, { error: 'a variable\'s name has letters, digits and "_"' });
const variableValue = z.union([
  z.strictObject({ constant: z.json() }),
  z.strictObject({ cel: z.string().min(1).max(10_000) }),
  z.strictObject({ secret: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, { error: 'a secret has the name of its file' }) }),
]);
const variableChange = z
  .strictObject({
    name: variable,
    value: variableValue.nullable(),
    app: applicationName.optional(),
    service: serviceName.optional(),
    host: hostName.optional(),
    file: z.enum(['environment', 'compose']).default('environment'),
  })
  .refine(({ app, service }) => service === undefined || app !== undefined, { error: 'a service is one of an application: name it too' })
  .refine(({ app, file }) => file === 'environment' || app !== undefined, { error: "compose.yaml is an application's: name it" })
  .refine(({ app, file, host }) => host === undefined || (app === undefined && file === 'environment'), {
    error: "a host's variables are in windlass.yaml, for all applications",
  })
  .transform(defined);
const variableChanges = z
  .array(variableChange)
  .min(1)
  .max(100)
  .refine((changes) => new Set(changes.map(({ host }) => host === undefined)).size < 2, {
    error: "hosts' variables and others may belong to different branches: change them one after the other",
  });
/** As Git writes it into a commit: on one line, and no part of another field. */
const personName = z.string().regex(/^[^<>\p{Cc}]{1,200}$/u, { error: 'a name has no "<", ">" or line break' });
const person = z.strictObject({ name: personName, email: personName });
export const variablesQuery = z.strictObject({
  app: applicationName.optional(),
  service: serviceName.optional(),
  variable: variable.optional(),
});
export const variablesPlanBody = z.strictObject({ changes: variableChanges });
export const variablesChangeBody = z.strictObject({
  changes: variableChanges,
  author: person.optional(),
  message: z.string().trim().min(1).max(5_000).optional(),
  base: commitId.optional(),
  alone: applicationName.optional(),
});
export const hashParams = z.object({ hash: contentHash });
export const imageParams = z.object({
  reference: z.string().regex(/^[a-z0-9][\w./:@-]{0,511}$/, { error: 'an image is named as the Docker CLI names it' }),
});
/** Made by the controller; long enough that nobody guesses one. */
export const streamParams = z.object({ id: z.string().regex(/^[A-Za-z0-9_.:-]{1,200}$/, { error: 'this is no id of the controller' }) });

/** Without the keys whose value is undefined, as exactOptionalPropertyTypes asks for. */
export function defined<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as never;
}
