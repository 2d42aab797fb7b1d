import type { ExecutionContext } from 'ava';
import { Router } from 'express';
import { type ApiOptions, createApi } from '../../src/api/app.ts';
import { listen } from '../../src/api/listen.ts';
import { silentLog } from '../../src/log.ts';
import { Secret } from '../../src/secret.ts';
import { createMemory, type Memory } from './memory.ts';

export const adminToken = 'the-admin-token-of-this-test';
export const agentToken = 'the-agent-token-of-this-test';

export interface Served {
  readonly memory: Memory;
  readonly url: string;
  /** A request with the admin's token. */
  get(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

/** A really listening API over a memory, closed with the test. */
export async function serve(t: ExecutionContext, options: Partial<ApiOptions> = {}): Promise<Served> {
  const memory = createMemory();
  const { operations, agentDoor } = memory;
  const tokens = { adminToken: new Secret(adminToken), agentToken: new Secret(agentToken) };
  const publicUrl = 'https://windlass.example.com';
  const app = createApi({ operations, agentDoor, ...tokens, hooks: Router(), publicUrl, log: silentLog, ...options });
  const { url, close } = await listen(app, { host: '127.0.0.1', port: 0 }, { graceMs: 50 });
  t.teardown(close);
  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${url}${path}`, { ...init, headers: { Authorization: `Bearer ${adminToken}`, ...init.headers } });
  return { memory, url, get, close };
}

/** An answer read as the document that the test takes it for. */
export const json = async <Document>(response: Response): Promise<Document> => (await response.json()) as Document;
