import { debianTar, ensurePrograms, programs } from './machine.ts';

/** Installs what the tests run for real: an engine, Redis, git, and a Debian image that is made once a machine. */
const say = (line: string) => void process.stderr.write(`${line}\n`);

try {
  if (process.getuid?.() !== 0)
    throw new Error(
      'Please run the tests as root: they start Docker engines and network namespaces of their own (npm run test:unit needs neither).',
    );
  await ensurePrograms(Object.values(programs), say);
  await debianTar(say);
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
