import { createInstaller } from '../../../src/configpush/installer.ts';
import { createEngine } from '../../../src/docker/create-engine.ts';
import { createFault } from '../../../src/fault.ts';
import { createLedger } from '../../../src/inventory/ledger.ts';
import { silentLog } from '../../../src/log.ts';
import type { PushConfigStep } from '../../../src/model/step.ts';

/** What an agent of a process of its own is to push; contents by hash, base64. */
export interface AgentOrder {
  readonly dockerHost: string;
  readonly directory: string;
  readonly step: PushConfigStep;
  readonly contents: Readonly<Record<string, string>>;
}

/** An agent that does one push, or dies at WINDLASS_FAULT on the way; its result on stdout. */
const order: AgentOrder = JSON.parse(process.argv[2] ?? '');
const { push } = createInstaller({
  engine: createEngine({ url: order.dockerHost }),
  ledger: await createLedger(order.directory),
  contents: async (hash) => Buffer.from(order.contents[hash] ?? '', 'base64'),
  fault: createFault(process.env.WINDLASS_FAULT),
  log: silentLog,
});
process.stdout.write(JSON.stringify(await push(order.step, new AbortController().signal)));
process.exit();
