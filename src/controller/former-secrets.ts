import { createHash } from 'node:crypto';
import type { Decision } from '../planning/decide.ts';
import { mask, maskedAs } from '../secret.ts';

/**
 * One installed file. `desired`: its masked text; undefined: it goes. `laid`: the hash that windlass put there, before others changed it.
 */
export interface Installed {
  readonly bytes: Uint8Array;
  readonly target: string;
  readonly desired: string | undefined;
  readonly laid: string | undefined;
}

type Known = Pick<Decision, 'secrets' | 'holdsSecrets' | 'contents'> & {
  /** What the deployed revision renders to with the present secrets, by hash. */
  readonly deployed: Decision['contents'];
};

const hiddenLine = '[line hidden: it may hold a former secret]';

/**
 * An installed text as it may be shown. Nobody knows what former secrets were: where the application has or had any, an unknown text is
 * shown only in the lines that are desired just so. Known are the renderings with present secrets, and what was changed by
 * hand in a rendering without any.
 */
export function shownInstalled({ bytes, target, desired, laid }: Installed, { secrets, holdsSecrets, contents, deployed }: Known): string {
  const text = mask(Buffer.from(bytes).toString('utf8'), secrets);
  const rendered = (hash: string) => contents.get(hash) ?? deployed.get(hash);
  const before = laid === undefined ? undefined : rendered(laid);
  const isOthersWork = before !== undefined && !mask(Buffer.from(before).toString('utf8'), secrets).includes(maskedAs);
  const isKnown = isOthersWork || rendered(`sha256:${createHash('sha256').update(bytes).digest('hex')}`) !== undefined;
  const isFree = !holdsSecrets && !target.startsWith('/run/secrets/');
  return isKnown || isFree ? text : hideFormer(text, desired);
}

/** Of what nothing is desired only the number of lines is said. */
function hideFormer(installed: string, desired: string | undefined): string {
  const lines = installed.replace(/\n$/, '').split('\n');
  if (desired === undefined) return `[${lines.length} ${lines.length === 1 ? 'line' : 'lines'} hidden: there may be a former secret]\n`;
  const wanted = new Set(desired.split('\n'));
  const shown = lines.map((line) => (wanted.has(line) ? line : hiddenLine)).join('\n');
  return installed.endsWith('\n') ? `${shown}\n` : shown;
}
