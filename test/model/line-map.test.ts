import test from 'ava';
import { type LineMap, lineMap, originLine, startingAt } from '../../src/model/line-map.ts';

test('lines between two pairs go on by one, and an origin of 0 is not known', (t) => {
  const map: LineMap = [
    [3, 10],
    [5, 2],
    [7, 0],
  ];
  t.deepEqual(
    [1, 2, 3, 4, 5, 6, 7, 8].map((line) => originLine(map, line)),
    [1, 2, 10, 11, 2, 3, undefined, undefined],
  );
  t.is(originLine([], 41), 41);
  t.deepEqual(lineMap.parse(JSON.parse(JSON.stringify(map))), map as never);
});

test('a template that begins further down has its lines there', (t) => {
  const lines = (map: LineMap) => [1, 2, 3, 4].map((line) => originLine(map, line));
  t.deepEqual(lines(startingAt([], 7)), [7, 8, 9, 10]);
  t.deepEqual(
    lines(
      startingAt(
        [
          [2, 5],
          [4, 0],
        ],
        7,
      ),
    ),
    [7, 11, 12, undefined],
  );
  t.deepEqual(startingAt([[2, 5]], 1), [[2, 5]]);
});
