import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import test from 'ava';

const root = fileURLToPath(new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url));
const read = (path: string) => readFile(`${root}${path}`, 'utf8');
const sorted = (codes: Iterable<string>) => [...codes].sort();

/** Codes and statuses of one table of docs/errors.md. */
async function documented(heading: string): Promise<ReadonlyMap<string, string>> {
  const section = (await read('docs/errors.md')).split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (\d+) \| (.+?) \|/gm)];
  return new Map(rows.map(([, code = '', status = '']) => [code, status]));
}

/** The members of a union of strings. */
async function union(path: string, name: string): Promise<readonly string[]> {
  const text = (await read(path)).split(`export type ${name} =`)[1]?.split(/\n(?! )/)[0] ?? '';
  return [...text.matchAll(/^ {2}\| '([a-z-]+)'/gm)].map(([, code = '']) => code);
}

async function everyMatch(folder: string, pattern: RegExp): Promise<readonly (readonly string[])[]> {
  const files = (await readdir(`${root}${folder}`, { recursive: true })).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(files.map((file) => read(`${folder}/${file}`)));
  return texts.flatMap((text) => [...text.matchAll(pattern)].map((match) => match.slice(1)));
}

test('every code of an error is documented, and no other', async (t) => {
  const codes = await union('src/errors.ts', 'ErrorCode');
  t.true(codes.length > 10);
  t.deepEqual(sorted((await documented('Codes')).keys()), sorted(codes));
});

test('each code is documented with the status that the API answers', async (t) => {
  const text = (await read('src/api/error-answer.ts')).split('const statuses')[1]?.split('};')[0] ?? '';
  const statuses = [...text.matchAll(/^ {2}'?([a-z-]+)'?: (\d+),$/gm)].map(([, code = '', status = '']) => [code, status] as const);
  t.deepEqual(Object.fromEntries(await documented('Codes')), Object.fromEntries(statuses));
});

test("the API's own codes are documented with their statuses, and no other", async (t) => {
  const thrown = await everyMatch('src/api', /new RequestError\((\d+), '([a-z-]+)'/g);
  const internal = await everyMatch('src/api', /status: (\d+), body: \{ error: \{ code: '(internal)'/g);
  const statuses = [...thrown, ...internal].map(([status = '', code = '']) => [code, status] as const);
  t.deepEqual(Object.fromEntries(await documented('Codes of the API alone')), Object.fromEntries(statuses));
  t.deepEqual(sorted(new Set(thrown.map(([, code = '']) => code))), sorted(await union('src/api/request-error.ts', 'RequestErrorCode')));
});

test('an error that nobody foresaw has a documented code too', async (t) => {
  const given = await everyMatch('src/workers', /return \{ code: '([a-z-]+)', message: messageOf/g);
  const answered = await everyMatch('src/queue', /code: known\?\.code \?\? '([a-z-]+)'/g);
  const codes = [...given, ...answered].flat();
  t.is(codes.length, 2);
  const text = await read('docs/errors.md');
  for (const code of codes) t.true(text.includes(`\`${code}\``), `${code} is not in docs/errors.md`);
});
