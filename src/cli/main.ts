import { run } from './run.ts';

const signals = { SIGINT: 2, SIGTERM: 15 } as const;
const interruption = new AbortController();
let listening = false;

function interrupted(): AbortSignal {
  if (listening) return interruption.signal;
  listening = true;
  for (const [name, number] of Object.entries(signals)) {
    process.on(name, () => {
      if (interruption.signal.aborted) process.exit(128 + number);
      interruption.abort();
    });
  }
  return interruption.signal;
}

// `windlass history | head` closes the pipe: whoever read has what he wanted.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const { env, stdin, stdout, stderr } = process;
const status = await run(process.argv.slice(2), { env, stdin, stdout, stderr, interrupted });
// Not at once: what was written to a pipe still has to leave. Then whatever is left open does not hold the process.
stdout.write('', () => stderr.write('', () => process.exit(status)));
