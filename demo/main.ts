import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkout } from '../playground/windlass-process.ts';
import { createLifecycle } from '../src/lifecycle.ts';
import { firstDeployment, watchEngine } from './chapters/first-deployment.ts';
import { mistake } from './chapters/mistake.ts';
import { oneLineChanges } from './chapters/one-line-changes.ts';
import { tenPushes } from './chapters/ten-pushes.ts';
import { prepare } from './prepare.ts';
import { logFile, openStage, type Stage, windlassState } from './stage.ts';
import { createVoice } from './voice.ts';

const { argv, stdout, stderr } = process;
const once = argv.includes('--once');
const unknown = argv.slice(2).filter((argument) => argument !== '--once');
if (unknown.length > 0) {
  stderr.write(`demo: there is only --once, not ${unknown.join(' ')}\n`);
  process.exit(2);
}

const voice = createVoice(stdout, Boolean(process.env.NO_COLOR));
const interruption = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => interruption.abort());
const interrupted = new Promise<'interrupted'>((resolve) => {
  interruption.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
});
let cleaned = true;
const lifecycle = createLifecycle((name, error) => {
  cleaned = false;
  process.exitCode = 1;
  stderr.write(`demo: ${name} not cleaned up: ${error instanceof Error ? error.message : error}\n`);
});

async function story(): Promise<Stage> {
  voice.chapter('Getting ready');
  const machine = await prepare(voice, lifecycle);
  interruption.signal.throwIfAborted();
  const events = await watchEngine(machine.engine, lifecycle);

  voice.chapter('The first deployment');
  const stage = await openStage(machine, voice, lifecycle);
  const ended = stage.process.exited.then((status) => {
    throw new Error(`windlass up ended with ${status}`);
  });
  const chapters = async () => {
    await firstDeployment(stage, events);
    voice.chapter('One line changed, both ways');
    await oneLineChanges(stage);
    voice.chapter('A mistake');
    await mistake(stage);
    voice.chapter('Ten pushes in a row');
    await tenPushes(stage);
  };
  await Promise.race([chapters(), ended]);
  return stage;
}

function look({ site, url, repository }: Stage): void {
  voice.chapter('Look yourself');
  voice.saw(`the shop       ${site}/`);
  voice.saw(`the catalog    ${site}/catalog`);
  voice.saw(`windlass       ${url}`);
  voice.saw(`push yourself  git clone ${repository.bare}`);
  voice.saw(`status         WINDLASS_URL=${url} WINDLASS_STATE_DIR=${windlassState()} ${join(checkout, 'bin', 'windlass')} status`);
}

try {
  const stage = await Promise.race([story(), interrupted]);
  if (stage === 'interrupted') process.exitCode = 130;
  else {
    look(stage);
    if (!once) {
      voice.note('\nCtrl-C ends it and cleans up.');
      // A promise alone does not keep a process alive.
      const alive = setInterval(() => {}, 60_000);
      await interrupted.finally(() => clearInterval(alive));
    }
  }
} catch (error) {
  process.exitCode = 1;
  const log = await readFile(logFile(), 'utf8').catch(() => '');
  const lastLines = log.trimEnd().split('\n').slice(-20).join('\n');
  stderr.write(`\ndemo: ${error instanceof Error ? error.message : error}\n`);
  if (lastLines) stderr.write(`\nThe last lines of windlass's log:\n${lastLines}\n`);
}
voice.note('\ncleaning up');
const late = sleep(90_000, true, { ref: false });
if ((await Promise.race([lifecycle.close(), late])) === true) {
  process.exitCode = 1;
  stderr.write('demo: cleaning up takes too long; the next demo goes on with it\n');
} else if (cleaned) voice.note('the containers, networks, images and folders of the demo are gone');
process.exit();
