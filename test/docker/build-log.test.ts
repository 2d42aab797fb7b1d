import test from 'ava';
import fc from 'fast-check';
import { createBuildLog } from '../../src/docker/build-log.ts';

type Message = string | { readonly output: string | Buffer };

/** The lines that come of these messages. */
function linesOf(...messages: readonly Message[]): string[] {
  const lines: string[] = [];
  const log = createBuildLog((line) => lines.push(line));
  for (const message of messages)
    log.add(typeof message === 'string' ? `${message}\n` : `${Buffer.from(message.output).toString('base64')}\n`);
  log.end();
  return lines;
}

function shows(title: string, messages: readonly Message[], lines: readonly string[]) {
  test(`A build's log ${title}`, (t) => t.deepEqual(linesOf(...messages), lines));
}

const step = '[sha256:1a2b3] [2/3] RUN make';
shows("has a step's name once, without its digest", [step, step], ['[2/3] RUN make']);
shows('has output line by line', [{ output: 'one\ntwo\r\n' }, { output: 'three\n' }], ['one', 'two', 'three']);
shows('joins lines that come in parts', [{ output: 'o' }, { output: 'ne\nt' }, { output: 'wo' }], ['one', 'two']);
shows('repeats what a program repeats', [{ output: 'same\nsame\n' }, { output: 'same\n' }], ['same', 'same', 'same']);
shows('ends a line in parts where a step begins', [{ output: 'part' }, step], ['part', '[2/3] RUN make']);
shows('keeps errors and results', ['ERROR: exit code: 1', 'Built image: sha256:ab'], ['ERROR: exit code: 1', 'Built image: sha256:ab']);
shows('decodes warnings', [`WARNING: ${Buffer.from('old syntax').toString('base64')}`], ['WARNING: old syntax']);
shows('leaves out how far a transfer is', ['extracting sha256:ab: 50% (1/2)'], []);
shows(
  'joins characters that come in parts',
  [{ output: Buffer.from('ü').subarray(0, 1) }, { output: Buffer.from('ü').subarray(1) }],
  ['ü'],
);

test('Output arrives whole however it is cut', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), fc.array(fc.nat(40)), (texts, cuts) => {
      const output = texts.map((text) => text.replace(/[\r\n]/g, '')).join('\n');
      const bytes = Buffer.from(`${output}\n`);
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
      const parts = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
      t.deepEqual(linesOf(...parts.filter((part) => part.length > 0).map((part) => ({ output: part }))), output.split('\n'));
    }),
  );
});
