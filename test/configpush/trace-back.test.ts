import test from 'ava';
import { tracedBack, withOrigins } from '../../src/configpush/trace-back.ts';
import type { FileToInstall } from '../../src/model/step.ts';

const nginx = { target: '/etc/nginx/nginx.conf', file: 'apps/shop/nginx.conf.mustache', lines: [[10, 7] as const] };
const folder = { target: '/etc/nginx/nginx.conf.d/a.conf', file: 'apps/shop/conf.d/a.conf', lines: [] };

/** What a tool says, and what is to come of it; `@` stands for the file, `<-7` for the template's line 7. */
const says = (tool: string, line: string, expected: string) =>
  test(`${tool}: ${line}`, (t) => {
    const full = (text: string) => text.replaceAll('@', nginx.target).replaceAll(/ <-(\d+)/g, ` (${nginx.file}:$1)`);
    t.is(withOrigins(full(line), [nginx, folder]), full(expected));
  });

says('nginx', 'nginx: [emerg] unknown directive "prots" in @:12', 'nginx: [emerg] unknown directive "prots" in @:12 <-9');
says('nginx, elsewhere', 'nginx: configuration file @ test failed', 'nginx: configuration file @ test failed');
says(
  'haproxy',
  "[ALERT] (1) : config : parsing [@:10] : unknown keyword 'x'",
  "[ALERT] (1) : config : parsing [@:10 <-7] : unknown keyword 'x'",
);
says('httpd', 'AH00526: Syntax error on line 11 of @:', 'AH00526: Syntax error on line 11 of @ <-8:');
says('sshd', '@ line 12: Bad configuration option: x', '@ line 12 <-9: Bad configuration option: x');
says('visudo', '@:12:5: syntax error', '@:12:5 <-9: syntax error');
says('Python', '  File "@", line 12', '  File "@", line 12 <-9');
says(
  'prometheus',
  'FAILED: parsing YAML file @: yaml: line 12: did not find',
  'FAILED: parsing YAML file @: yaml: line 12 <-9: did not find',
);
says('lighttpd', '@(12): error', '@(12) <-9: error');
says('lines before the first pair', 'in @:3', 'in @:3 <-3');
says('two in one line', '@:10 included from @:3', '@:10 <-7 included from @:3 <-3');
says('another file', 'in @.bak:12, /srv@:12, @-old:12', 'in @.bak:12, /srv@:12, @-old:12');

test('a target that is the beginning of another one is not taken for it', (t) => {
  t.is(withOrigins(`in ${folder.target}:4`, [nginx, folder]), `in ${folder.target}:4 (apps/shop/conf.d/a.conf:4)`);
});

test('an output is traced by the map of its file; without one the words of the tool are left', async (t) => {
  const file = (lines: string): FileToInstall => ({
    ...{ source: 'a', target: '/a', hash: `sha256:${'0'.repeat(64)}`, size: 1, mode: 0o644, uid: 0, gid: 0 },
    origin: { file: 'a.mustache', lines },
  });
  const contents = async (hash: string) => {
    if (hash === 'gone') throw new Error('gone');
    return Buffer.from('[[2,5]]');
  };
  t.is(await tracedBack('in /a:2', [file('map')], contents), 'in /a:2 (a.mustache:5)');
  t.is(await tracedBack('in /a:2', [file('gone')], contents), 'in /a:2');
  const { origin: _, ...plain } = file('map');
  t.is(await tracedBack('in /a:2', [plain], contents), 'in /a:2');
});
