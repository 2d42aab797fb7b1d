import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { historyName } from '../model/deployment.ts';
import { applicationName, containerReference, deploymentId, environmentName, hostName, serviceName } from '../model/names.ts';

/** Commander calls these with the text of an argument; a refusal is wrong use. */
const checked = (schema: z.ZodType<string>) => (text: string) => {
  const result = schema.safeParse(text);
  if (!result.success) throw new InvalidArgumentError(`${result.error.issues[0]?.message}.`);
  return result.data;
};

export const environment = checked(environmentName);
export const application = checked(applicationName);
/** Also what history has in an application's place. */
export const inHistory = checked(historyName);
export const host = checked(hostName);
export const service = checked(serviceName);
export const container = checked(containerReference);
export const deployment = checked(deploymentId);

export interface Target {
  readonly environment: string;
  readonly app?: string;
  readonly service?: string;
}

/** `ENV[/APP[/SERVICE]]`. */
export function target(text: string): Target {
  const [first = '', second, third, ...rest] = text.split('/');
  if (rest.length > 0) throw new InvalidArgumentError('It is ENV, ENV/APP or ENV/APP/SERVICE.');
  return {
    environment: environment(first),
    ...(second === undefined ? {} : { app: application(second) }),
    ...(third === undefined ? {} : { service: service(third) }),
  };
}

/** `ENV/APP/SERVICE`. */
export function serviceTarget(text: string): Required<Target> {
  const { environment, app, service } = target(text);
  if (app === undefined || service === undefined) throw new InvalidArgumentError('It is ENV/APP/SERVICE.');
  return { environment, app, service };
}

/** A whole number of at least `least`. */
export const whole = (least: number) => (text: string) => {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number < least) throw new InvalidArgumentError(`It is a whole number from ${least} on.`);
  return number;
};
