import { PassThrough } from 'node:stream';
import test from 'ava';
import { collectOutput, toolOutput } from '../../src/configpush/tool-output.ts';

function gives(title: string, raw: string, expected: string, names?: Map<string, string>): void {
  test(title, (t) => {
    t.is(toolOutput(raw, names), expected);
  });
}

gives('plain words stay', 'nginx: [emerg] unknown directive\n', 'nginx: [emerg] unknown directive');
gives('colours and control characters go', '\x1b[31mred\x1b[0m\x07 \x00a\tb\r\nc\x9b', 'red a\tb\nc');
gives("dd's figures go", '0+1 records in\n0+1 records out\n2 bytes copied, 0.0004 s, 10.2 kB/s\nlate\n1+0 records in', 'late');
gives(
  "a staged path has its target's name",
  'bad /etc/.a.windlass-new-7:3 and /etc/.a.windlass-new-7',
  'bad /etc/a:3 and /etc/a',
  new Map([['/etc/.a.windlass-new-7', '/etc/a']]),
);

test('long output keeps its beginning and more of its end, within 4 KiB and a little', (t) => {
  const text = toolOutput(`first${'x'.repeat(100_000)}last`);
  t.true(text.length < 4200);
  t.true(text.startsWith('first'));
  t.true(text.endsWith('last'));
});

test('a stream that does not end is kept in bounds', async (t) => {
  const stream = new PassThrough();
  const output = collectOutput(stream);
  for (let count = 0; count < 100; count++) stream.write(Buffer.alloc(10_000, 'a'));
  stream.end('the end');
  await output.ended;
  t.is(output.text().length, 65_536);
  t.true(output.text().endsWith('the end'));
});
