import type { ConfigFile, ContainerSpec, Reaction } from '../model/application.ts';
import { didYouMean } from '../model/nearest.ts';
import { asksAddress } from '../model/verify-address.ts';
import type { DeclaredConfig } from './config-files.ts';
import { type Cursor, fail, quote } from './reader.ts';

/** What the reactions of a service are about. */
export interface ReactionContext {
  readonly configs: readonly ConfigFile[];
  readonly declared: ReadonlyMap<string, DeclaredConfig>;
  readonly networkMode: ContainerSpec['networkMode'];
}

/**
 * Complains where a reaction names a config that the service does not have, leaves open which file `{{staged}}` is, or would verify at the
 * address of a container without one.
 */
export function checkReactions(at: Cursor, reactions: readonly Reaction[], { configs, declared, networkMode }: ReactionContext): void {
  const left = new Set(configs);
  for (const reaction of reactions) {
    for (const name of reaction.configs ?? []) {
      if (!declared.has(name) && !configs.some((file) => file.source === name)) {
        fail(at, `reacts to ${quote(name)}, which is not under configs: at the top${didYouMean(name, declared.keys())}`);
      }
    }
    const own = [...left].filter((file) => reaction.configs === undefined || reaction.configs.some((name) => covers(name, file)));
    for (const file of own) left.delete(file);
    checkStaged(at, reaction.check ?? [], own);
    if (networkMode === 'none' && own.length > 0 && reaction.verify && asksAddress(reaction.verify)) {
      fail(at, 'verifies at an address, which a container with network_mode: none does not have; use verify: { exec: [argv] }');
    }
  }
}

/** A name means the entry under `configs:`; of a folder, all its files. */
const covers = (name: string, file: ConfigFile): boolean => file.source === name || file.source.startsWith(`${name}/`);

function checkStaged(at: Cursor, check: readonly string[], own: readonly ConfigFile[]): void {
  const sources = own.map((file) => file.source);
  for (const argument of check) {
    if (own.length > 1 && argument.includes('{{staged}}')) {
      fail(at, `checks {{staged}}, but there are several files: write ${sources.map((source) => `{{staged:${source}}}`).join(' or ')}`);
    }
    for (const [, source = ''] of argument.matchAll(/\{\{\s*staged:([^{}]*?)\s*\}\}/g)) {
      if (own.length > 0 && !sources.includes(source)) fail(at, `checks {{staged:${source}}}, which is none of ${sources.join(', ')}`);
    }
  }
}
