import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { readWorkingFolder } from '../../src/cli/working-folder.ts';
import { start } from './windlass.ts';

async function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'windlass-validate-'));
  t.teardown(() => rm(directory, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

const right = {
  'windlass.yaml': 'version: 1\nenvironments:\n  staging: { branch: main }\n',
  'apps/shop/compose.yaml': [
    'x-windlass:',
    '  policy: mutable',
    '  variables:',
    '    port: { cel: "8000 + 80" }',
    'configs:',
    '  web.conf: { file: ./web.conf.mustache }',
    'services:',
    '  web:',
    '    image: busybox',
    '    configs: [{ source: web.conf, target: /etc/web.conf }]',
    '',
  ].join('\n'),
  'apps/shop/web.conf.mustache': 'listen {{port}};\n',
};

test.serial('a folder without mistakes is said to have none, without Git or a controller', async (t) => {
  const directory = await folder(t, right);
  t.deepEqual(await start(['validate', directory]).ended, { status: 0, stdout: '', stderr: 'no mistakes\n' });
});

test.serial('all mistakes are reported at once, with their places', async (t) => {
  const compose = right['apps/shop/compose.yaml'].replace('8000 + 80', '8000 +').replace('image: busybox', 'imgae: busybox');
  const directory = await folder(t, {
    ...right,
    'apps/shop/compose.yaml': compose,
    'apps/shop/web.conf.mustache': '\nlisten {{#port}};\n',
  });
  const { status, stdout, stderr } = await start(['validate', directory]).ended;
  t.is(status, 1);
  t.regex(stdout, /^apps\/shop\/compose\.yaml:9:5: .*imgae/m);
  t.regex(stdout, /^apps\/shop\/web\.conf\.mustache:2:\d+: /m);
  t.regex(stderr, /^\d mistakes\n$/);
});

test.serial('each mistake stands above its line, with a caret under it; not where the line is one of variables', async (t) => {
  const directory = await folder(t, {
    ...right,
    'apps/shop/web.conf.mustache': '\n\tlisten {{prot}};\n',
    'apps/shop/.env': 'PASSWORD="x\n',
  });
  const { stdout } = await start(['validate', directory]).ended;
  t.is(
    stdout,
    [
      'apps/shop/.env:1:1: the quote behind PASSWORD is not closed, or something follows it',
      'apps/shop/web.conf.mustache:2:9: unknown name "prot": did you mean "port"?',
      '    2 |  listen {{prot}};',
      '      |         ^',
      '',
    ].join('\n'),
  );
});

test.serial('formulas are compiled', async (t) => {
  const directory = await folder(t, { ...right, 'apps/shop/compose.yaml': right['apps/shop/compose.yaml'].replace('8000 + 80', '8000 +') });
  const { stdout } = await start(['validate', directory]).ended;
  t.regex(stdout, /^apps\/shop\/compose\.yaml:4:\d+: /);
});

test.serial('--json is one document with the issues', async (t) => {
  const directory = await folder(t, { ...right, 'windlass.yaml': 'version: 1\nenvironments:\n  staging: { brnch: main }\n' });
  const { status, stdout } = await start(['validate', directory, '--json']).ended;
  const document = JSON.parse(stdout);
  t.is(status, 1);
  t.is(document.apiVersion, 'windlass/v1');
  t.is(document.issues[0].file, 'windlass.yaml');
});

test.serial('a folder that is not there is a failure in one line', async (t) => {
  const { status, stderr } = await start(['validate', '/nonexistent/folder']).ended;
  t.is(status, 1);
  t.regex(stderr, /^windlass: cannot read \/nonexistent\/folder: .*\n$/);
});

test('a working folder is the tree that Git would make of it', async (t) => {
  const directory = await folder(t, { ...right, 'run.sh': '#!/bin/sh\n' });
  await chmod(join(directory, 'run.sh'), 0o755);
  await symlink('run.sh', join(directory, 'link'));
  const git = (...args: string[]) => execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8' });
  git('init', '--quiet');
  git('add', '--all');
  const listed = git('ls-files', '--stage').trim().split('\n');
  const tree = await readWorkingFolder(directory);
  t.deepEqual(tree.entries.map(({ mode, oid, path }) => `${mode} ${oid} 0\t${path}`).sort(), listed.sort());
});
