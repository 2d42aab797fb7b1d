import test from 'ava';
import { presentRound } from '../../src/controller/present-round.ts';
import { type DeploymentRecord, unclaimedImages } from '../../src/model/deployment.ts';

const revision = { commit: 'c', sources: { code: 'new' } };

/** A succeeded deployment at that revision unless it says otherwise; `startedAt` in seconds. */
const ran = (id: string, over: Partial<DeploymentRecord> = {}, startedAt = 0): DeploymentRecord =>
  ({
    ...{ id, app: 'shop', trigger: 'push', state: 'succeeded', steps: [], ...revision, ...over },
    startedAt: new Date(startedAt * 1000).toISOString(),
  }) as unknown as DeploymentRecord;
const idsOf = (history: readonly DeploymentRecord[], since?: number) => presentRound(history, revision, since).map(({ id }) => id);

test('what was deployed of the same commit with another state of a source is another round', (t) => {
  t.deepEqual(idsOf([ran('3'), ran('2', { sources: { code: 'old' } }), ran('1')]), ['3'], 'and so is what was before it');
  t.deepEqual(idsOf([ran('2', { commit: 'b' })]), []);
  t.deepEqual(presentRound([ran('1', { sources: undefined })], { commit: 'c', sources: {} }).length, 1);
});

test('applications come to a revision one after the other, each in its own time', (t) => {
  t.deepEqual(idsOf([ran('3'), ran('2', { app: 'blog', commit: 'b' }), ran('1')]), ['3', '1']);
});

test('what failed, what nobody asked for, and images alone are not counted', (t) => {
  const others: Partial<DeploymentRecord>[] = [
    { state: 'failed' },
    { trigger: 'discovery' },
    { trigger: 'drift' },
    { app: unclaimedImages },
  ];
  t.deepEqual(idsOf([...others.map((over) => ran('2', over)), ran('1')]), ['1']);
});

test('a push begins a round also where it brings the same revision again', (t) => {
  t.deepEqual(idsOf([ran('2', {}, 172_800), ran('1')], 172_799_000), ['2']);
});
