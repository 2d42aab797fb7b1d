import { z } from 'zod';
import { applicationName, commitId, contentHash, deploymentId, environmentName, serviceName } from '../model/names.ts';
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
  app: applicationName.optional(),
  limit: number(1, 1000, 20),
});
export const logQuery = z.strictObject({ from: number(0, Number.MAX_SAFE_INTEGER, 0) });
export const renderQuery = z.strictObject({ app: applicationName.optional(), service: serviceName.optional() });
export const containerLogQuery = z.strictObject({ follow: flag, tail: number(0, 100_000, 100) });
/** An absent body asks for the whole environment. */
export const deployBody = z
  .strictObject({ app: applicationName.optional(), author: z.string().max(200).optional(), removals: commitId.optional() })
  .default({});
const author = z.string().max(200).optional();
export const freezeBody = z.strictObject({ app: applicationName.optional(), reason: z.string().max(500).optional(), author }).default({});
export const approvalQuery = z.strictObject({ app: applicationName.optional() });
export const approveBody = z.strictObject({ apps: z.record(applicationName, z.string().regex(/^[0-9a-f]{64}$/)), author });
export const rollbackQuery = z.strictObject({ app: applicationName.optional(), to: deploymentId.optional() });
export const rollbackBody = z.strictObject({ apps: z.record(applicationName, deploymentId), author });
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
