import { PassThrough } from 'node:stream';
import { exitStatus } from '../src/cli/cli-error.ts';
import { createProgram } from '../src/cli/run.ts';
import { createSession } from '../src/cli/session.ts';
import { cliReference } from './cli-reference.ts';
import { composeReference } from './compose-reference.ts';
import { jsonSchemas, schemaText } from './json-schemas.ts';

/** What `npm run docs` writes: text by path in the checkout. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const nowhere = new PassThrough();
  const io = { env: {}, stdin: nowhere, stdout: nowhere, stderr: nowhere, interrupted: () => new AbortController().signal };
  return new Map([
    ['docs/cli.md', cliReference(createProgram(createSession(io), io), exitStatus)],
    ['docs/compose.md', composeReference()],
    ...Object.entries(jsonSchemas).map(([path, schema]) => [path, schemaText(schema)] as const),
  ]);
}
