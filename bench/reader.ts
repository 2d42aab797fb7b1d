/** `node dist/bench/reader.js [PUSHES=1000]`: see docs/performance.md. JSON on stdout. */
import { readWhilePushing } from '../test/integration/configpush/reading.ts';
import { startBench } from '../test/integration/configpush/support.ts';
import { countArgument, machine } from './figures.ts';

const pushes = countArgument(1, 1000);
const bench = await startBench();
try {
  const start = performance.now();
  const { reads, states, bad } = await readWhilePushing(bench, pushes);
  const seconds = Math.round((performance.now() - start) / 1000);
  process.stdout.write(`${JSON.stringify({ pushes, seconds, reads, states, bad: bad.length, machine: machine() }, null, 2)}\n`);
  if (bad.length > 0) process.exitCode = 1;
} finally {
  await bench.stop();
}
