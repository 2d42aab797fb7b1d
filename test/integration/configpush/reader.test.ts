import test from 'ava';
import { startBench, succeeded } from './support.ts';

const bench = await startBench();
test.after.always(() => bench.stop());
const { container, file, push, shell } = bench;

const pushes = 200;

/** A file whose every line is its number: one that is torn, empty or mixed shows. */
const numbered = (number: number) => `${String(number).padStart(4, '0')}\n`.repeat(2000);

test(`a reader sees the old file or the new one, whole, over ${pushes} pushes`, async (t) => {
  const reader = `while [ ! -e /tmp/stop ]; do
    cat /etc/a.conf >/tmp/copy 2>>/tmp/bad || echo missing >>/tmp/bad
    set -- $(sort -u /tmp/copy) $(wc -l </tmp/copy)
    [ "$#" = 2 ] && [ "$2" = 2000 ] || echo "torn: $*" >>/tmp/bad
    echo "$1" >>/tmp/seen
  done; exec sleep 1000`;
  const id = await container({}, true);
  succeeded(t, await push(id, { files: [file('/etc/a.conf', numbered(0))] }));
  const reading = shell(id, reader.replace('exec sleep 1000', ''));
  for (let number = 1; number <= pushes; number++) succeeded(t, await push(id, { files: [file('/etc/a.conf', numbered(number))] }));
  await shell(id, 'touch /tmp/stop');
  t.is(await reading, '');
  t.is(await shell(id, 'cat /tmp/bad 2>/dev/null'), '');
  t.true(Number(await shell(id, 'sort -u /tmp/seen | wc -l')) > 10, 'the reader saw too few states to prove anything');
});
