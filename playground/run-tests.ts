import { runAva } from './run-ava.ts';

/** Runs AVA, and closes with one line of totals. */
const { passed, failed, seconds, ok } = await runAva(process.argv.slice(2));
console.log(`${seconds} s`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = ok ? 0 : 1;
