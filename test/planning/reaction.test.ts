import test from 'ava';
import type { Action, Reaction } from '../../src/model/application.ts';
import { due, reactionOf, sourceOfRemoved } from '../../src/planning/reaction.ts';
import { service } from '../support/builders.ts';

const reaction = (action: Action, configs?: readonly string[]): Reaction => ({
  configs,
  check: undefined,
  action,
  verify: undefined,
  settle: { minMs: 0, maxMs: 0 },
});
const signal: Action = { kind: 'signal', signal: 'HUP' };
const exec: Action = { kind: 'exec', argv: ['reload'] };
const script: Action = { kind: 'script', file: 'reload.sh', hash: '', bytes: new Uint8Array() };

test('of several files the strongest action is due, once', (t) => {
  const order: readonly Action[] = [{ kind: 'none' }, signal, exec, script, { kind: 'restart' }, { kind: 'recreate' }];
  const web = service({ reactions: order.map((action, index) => reaction(action, [`f${index}`])) });
  for (const [stronger, action] of order.entries()) {
    for (let weaker = 0; weaker <= stronger; weaker++) {
      t.is(due(web, [`f${stronger}`, `f${weaker}`, `f${stronger}`]).action.kind, action.kind);
    }
  }
  t.is(due(web, ['f0', 'f1', 'f1']).reactions.length, 2);
});

test('a file has the first reaction that names it or its folder, else the first that names none', (t) => {
  const reactions = [reaction(signal, ['conf.d/a.conf']), reaction(exec, ['conf.d']), reaction({ kind: 'restart' }), reaction(script)];
  const kind = (source: string) => reactionOf(service({ reactions }), source)?.action.kind;
  t.deepEqual(['conf.d/a.conf', 'conf.d/b.conf', 'conf.d', 'other'].map(kind), ['signal', 'exec', 'exec', 'restart']);
  t.is(due(service({ reactions: [reaction(signal, ['a'])] }), ['b']).action.kind, 'none');
});

test('a file that left a folder is one of it still; one whose entry is gone has the general reaction', (t) => {
  const files = [
    { source: 'main', target: '/etc/app/main.conf' },
    { source: 'conf.d/sub/a.conf', target: '/etc/app/conf.d/sub/a.conf' },
  ];
  t.is(sourceOfRemoved(files, '/etc/app/conf.d/b.conf'), 'conf.d/b.conf');
  t.is(sourceOfRemoved(files, '/etc/app/conf.d/sub/deep/b.conf'), 'conf.d/sub/deep/b.conf');
  t.is(sourceOfRemoved(files, '/etc/app/conf.d2/b.conf'), undefined);
  t.is(sourceOfRemoved(files, '/etc/app/main.conf'), undefined);
  const web = service({ reactions: [reaction(exec, ['conf.d']), reaction(signal)] });
  t.is(due(web, [sourceOfRemoved(files, '/etc/app/conf.d/b.conf')]).action.kind, 'exec');
  t.is(due(web, [undefined]).action.kind, 'signal');
});
