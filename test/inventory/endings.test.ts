import test from 'ava';
import type { ContainerInspect } from '../../src/docker/engine.ts';
import { createEndings } from '../../src/inventory/endings.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1) + second * 1000).toISOString();

/** An agent's view of one container, with a clock and a ledger that outlive it. */
function host() {
  const clock = { now: 0 };
  const ended = new Map<string, string>();
  const ledger = {
    endedAt: (id: string) => ended.get(id),
    markEnded: async (id: string, finishedAt: string) => void ended.set(id, finishedAt),
  };
  return {
    agent: (engineStartedAt?: string) => {
      const endings = createEndings(ledger, () => clock.now);
      endings.reached(engineStartedAt);
      return endings;
    },
    wait: (seconds: number) => {
      clock.now += seconds * 1000;
    },
  };
}

const container = (Status: string, FinishedAt: string) => ({ Id: 'abc', State: { Status, FinishedAt } }) as ContainerInspect;
const exited = (second: number) => container('exited', at(second));

test('what ended before its engine was started went down with it', (t) => {
  const agent = host().agent(at(100));
  t.true(agent.wentDown(exited(90)));
  t.false(agent.wentDown(exited(110)));
  t.false(agent.wentDown(container('running', at(90))));
  t.false(agent.wentDown(container('created', at(0))));
});

test('where the engine does not tell when it started, nothing is guessed', (t) => {
  t.false(host().agent(undefined).wentDown(exited(90)));
});

test('what ended by itself stays ended when the engine goes down later', async (t) => {
  const { agent, wait } = host();
  const before = agent(at(0));
  t.false(before.wentDown(exited(50)));
  wait(25);
  await before.settle();
  t.false(agent(at(100)).wentDown(exited(50)));
});

test('what ended while the engine was going down did not end by itself', async (t) => {
  const { agent, wait } = host();
  const before = agent(at(0));
  before.wentDown(exited(90));
  wait(5);
  await before.settle();
  before.lost();
  wait(25);
  await before.settle();
  before.reached(at(100));
  t.true(before.wentDown(exited(90)));
});

test('an ending of before the last start says nothing of the next', async (t) => {
  const { agent, wait } = host();
  const before = agent(at(0));
  before.wentDown(exited(50));
  wait(25);
  await before.settle();
  before.wentDown(container('running', at(50)));
  t.true(agent(at(100)).wentDown(exited(90)));
});

test('one that was started again before its ending had settled has not ended', async (t) => {
  const { agent, wait } = host();
  const before = agent(at(0));
  before.wentDown(exited(50));
  before.wentDown(container('running', at(50)));
  wait(25);
  await before.settle();
  t.true(agent(at(100)).wentDown(exited(50)));
});
