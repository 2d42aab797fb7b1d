import type { Bench } from './support.ts';

/** What a reader inside a container has met while files were pushed. */
export interface Reading {
  readonly reads: number;
  /** Different contents it has seen. */
  readonly states: number;
  /** A line for each read that found no file, a short one, or one of two pushes. */
  readonly bad: readonly string[];
}

/** A file whose every line is its number: one that is torn, empty or mixed shows. */
const numbered = (number: number) => `${String(number).padStart(5, '0')}\n`.repeat(2000);

const reader = `while [ ! -e /tmp/stop ]; do
  cat /etc/a.conf >/tmp/copy 2>>/tmp/bad || echo missing >>/tmp/bad
  set -- $(sort -u /tmp/copy) $(wc -l </tmp/copy)
  [ "$#" = 2 ] && [ "$2" = 2000 ] || echo "torn: $*" >>/tmp/bad
  echo "$1" >>/tmp/seen
done`;

/** Pushes one file that many times into a container in which a program reads it without a pause. */
export async function readWhilePushing({ container, file, push, shell }: Bench, pushes: number): Promise<Reading> {
  const id = await container();
  const pushNumber = async (number: number) => {
    const { ok, error } = await push(id, { files: [file('/etc/a.conf', numbered(number))] });
    if (!ok) throw new Error(error?.message);
  };
  await pushNumber(0);
  const reading = shell(id, reader);
  for (let number = 1; number <= pushes; number++) await pushNumber(number);
  await shell(id, 'touch /tmp/stop');
  const trouble = await reading;
  const lines = async (script: string) => (await shell(id, script)).split('\n').filter((line) => line !== '');
  const bad = await lines('cat /tmp/bad 2>/dev/null');
  const [reads, states] = await lines('wc -l </tmp/seen; sort -u /tmp/seen | wc -l');
  return { reads: Number(reads), states: Number(states), bad: trouble === '' ? bad : [...bad, trouble] };
}
