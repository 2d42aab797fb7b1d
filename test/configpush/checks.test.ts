import test from 'ava';
import { checkArgv, sortChecks } from '../../src/configpush/checks.ts';
import type { FileToInstall } from '../../src/model/step.ts';

const file = (source: string): FileToInstall => ({ source, target: `/etc/${source}`, hash: '', size: 0, mode: 0o644, uid: 0, gid: 0 });
const [main, one, two, other] = [file('main.conf'), file('conf.d/1'), file('conf.d/2'), file('other')];

/** The staged checks as argv with `#1` for the first file's candidate, then the shadow's. */
function sorts(
  title: string,
  files: readonly FileToInstall[],
  checks: readonly (readonly [string[], string[]])[],
  staged: string[],
  shadow: string[] = [],
): void {
  test(title, (t) => {
    const sorted = sortChecks({
      files: [...files],
      all: [main, one, two, other],
      checks: checks.map(([argv, sources]) => ({ argv, sources })),
    });
    t.deepEqual(
      sorted.staged.map((check) => checkArgv(check, (number) => `#${number}`).join(' ')),
      staged,
    );
    t.deepEqual(
      sorted.shadow.map((argv) => argv.join(' ')),
      shadow,
    );
  });
}

sorts('a check without a candidate is for a shadow', [main], [[['nginx', '-t'], ['main.conf']]], [], ['nginx -t']);
sorts(
  '{{staged}} is the file that changes',
  [main],
  [
    [
      ['nginx', '-t', '-c', '{{staged}}'],
      ['main.conf', 'other'],
    ],
  ],
  ['nginx -t -c #1'],
);
sorts(
  '{{staged}} runs once for each changed file it concerns',
  [main, one, two],
  [
    [
      ['lint', '{{staged}}'],
      ['conf.d/1', 'conf.d/2'],
    ],
  ],
  ['lint #2', 'lint #3'],
);
sorts('{{staged}} with nothing that changes does not run', [main], [[['lint', '{{staged}}'], ['other']]], []);
sorts(
  '{{staged:SOURCE}} names one of several',
  [main, one],
  [[['lint', '{{staged:conf.d/1}}', '{{staged:main.conf}}'], []]],
  ['lint #2 #1'],
);
sorts(
  'a file that does not change stands in for its candidate',
  [one],
  [[['lint', '{{staged:main.conf}}', '{{staged:conf.d/1}}'], []]],
  ['lint /etc/main.conf #1'],
);
sorts(
  'a candidate may stand within a word, more than once',
  [main],
  [[['lint', '-f={{staged}},{{staged:main.conf}};'], ['main.conf']]],
  ['lint -f=#1,#1;'],
);

for (const word of ['{{staged:nothing}}', '{{staged:a}b}}', '{{staged', '{{staged:$(reboot)}x}}']) {
  test(`${word} is an error that says so`, (t) => {
    t.throws(() => sortChecks({ files: [main], all: [main], checks: [{ argv: ['lint', word], sources: ['main.conf'] }] }), {
      code: 'install',
      message: /names no config file/,
    });
  });
}
