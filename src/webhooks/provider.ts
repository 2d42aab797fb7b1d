import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import type { Secret } from '../secret.ts';

/** What one Git host's webhooks are like. A new one is a new record in providers.ts. */
export interface WebhookProvider {
  /** Whether the raw bytes carry the proof of one of the secrets; `now` in epoch milliseconds. */
  verify(body: Uint8Array, headers: IncomingHttpHeaders, secrets: readonly Secret[], now: number): boolean;
  /** What the Git host knows the delivery by, unchecked. */
  deliveryId(headers: IncomingHttpHeaders): string | undefined;
  /** What a proven payload says; throws a ZodError where it cannot be read. */
  parse(payload: unknown, headers: IncomingHttpHeaders): WebhookEvent;
}

export type WebhookEvent =
  | { readonly kind: 'push'; readonly changes: readonly RefChange[] }
  | { readonly kind: 'ignored'; readonly reason: string };

/** `ref` is whole, `refs/heads/main`; `after` 40 hex digits, all zero where the branch was deleted. */
export const refChange = z.object({ ref: z.string(), after: z.string().regex(/^[0-9a-f]{40}$/) });
export type RefChange = Readonly<z.infer<typeof refChange>>;

/** The payload of a Git host that sends one request for each ref, as GitHub does and those that followed it. */
export function parsePush(payload: unknown): WebhookEvent {
  return { kind: 'push', changes: [refChange.parse(payload)] };
}

export function otherEvent(event: string | undefined, wanted: string): WebhookEvent {
  return { kind: 'ignored', reason: `the event is ${event ?? 'not named'}, not ${wanted}` };
}

/** A header that a request has once; Node joins repeated ones with a comma, which the caller's format then refuses. */
export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
