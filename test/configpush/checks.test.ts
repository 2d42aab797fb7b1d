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
  remove: string[] = [],
): void {
  test(title, (t) => {
    const sorted = sortChecks({
      files: [...files],
      remove,
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

const gone = ['/etc/conf.d/3'];
sorts(
  'where files only go, {{staged}} is the first that the check concerns, in a shadow without them',
  [],
  [
    [
      ['lint', '-c', '{{staged}}'],
      ['conf.d/1', 'conf.d/2'],
    ],
  ],
  [],
  ['lint -c /etc/conf.d/1'],
  gone,
);
sorts(
  'where files only go, {{staged:SOURCE}} is that file in a shadow, also beside changes of others',
  [other],
  [
    [
      ['lint', '{{staged:main.conf}}', '{{staged:conf.d/1}}'],
      ['main.conf', 'conf.d/1'],
    ],
    [['spell', '{{staged}}'], ['other']],
  ],
  ['spell #1'],
  ['lint /etc/main.conf /etc/conf.d/1'],
  gone,
);
sorts('where none is left that {{staged}} could be, nothing runs', [], [[['lint', '{{staged}}'], []]], [], [], gone);
sorts('a candidate is looked at beside a file that goes', [main], [[['lint', '{{staged}}'], ['main.conf']]], ['lint #1'], [], gone);

for (const word of ['{{staged:nothing}}', '{{staged:a}b}}', '{{staged', '{{staged:$(reboot)}x}}']) {
  test(`${word} is an error that says so`, (t) => {
    t.throws(() => sortChecks({ files: [main], remove: [], all: [main], checks: [{ argv: ['lint', word], sources: ['main.conf'] }] }), {
      code: 'install',
      message: /names no config file/,
    });
  });
}
