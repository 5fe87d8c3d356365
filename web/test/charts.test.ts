import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseData, type Data } from '../src/data.js';
import { plain, signed, valueText } from '../src/format.js';
import type { JsonObject } from '../src/json.js';
import { rowFits, shownSubjects } from '../src/matches.js';
import { costliest, placeOf, seriesMark, type Chart } from '../src/spec.js';
import { attributionOfGroup, cpuOfGroup, percentilesOfGroup } from '../src/spec_cost.js';
import { forestDomain, forestOfColumn, forestOfSubject, isBent } from '../src/spec_forest.js';
import { resourcesOfSubject, timeOfColumn, timeOfSubject } from '../src/spec_time.js';
import { formatState, nothing, parseState } from '../src/state.js';
import { setWords } from '../src/words.js';

// Two parts, three tools: as html_island.cpp writes it.
const island = {
  lang: 'en',
  words: { baseline: 'baseline' },
  verdicts: [['PASS', 'PASS'], ['OVERHEAD', 'OVERHEAD'], ['EXCEEDS', 'EXCEEDS'], ['INCONCLUSIVE', 'INCONCLUSIVE'],
    ['SATURATED', 'SATURATED'], ['INVALID', 'INVALID']],
  groups: ['host', 'vm'],
  subjects: [['t1', 'count <b>', 0], ['t2', 'trace', 0], ['t3', 'other', 1], ['t4', 'dead', 1]],
  workloads: [['tcp_rr', 'TCP request/response', 'transaction']],
  columns: [[0, 'latency_mean_us', 'mean latency', 'us', 1, 0], [0, 'latency_p99_us', 'p99 latency', 'us', 1, 0]],
  notes: ['a stream was lost'],
  rows: [
    [0, 0, 0, 1, 0.5, -0.2, 1.2, 5, -0.5, 0.7, 12, 12.1, 0.1, 0, 0.2, 0.07],
    [1, 0, 2, 1, 61.2, 58, 64, 5, -0.5, 0.7, 12, 19],
    [1, 1, 3, 1, null, null, null, 10, null, null, 25, null],
    [2, 0, 0, 1, 1, 0, 2, 5, -1, 1, 30, 30.3],
  ],
  windows: [
    [0, 0, 0, -1, 0, 0, 2, 1, 1, -1, [0, 12]],
    [0, 1, 0, -1, 0, 5, 2, 0, 1, -1, [0, 12.2, 1, 25]],
    [0, 1, 0, 0, 0, 8, 2, 0, 1, -1, [0, 12.3], [1.5, 2048, null]],
    [0, 1, 0, 1, 0, 11, 2, 0, 0, 0, []],
    [1, 1, 0, 2, 0, 1, 2, 0, 1, -1, [0, 30]],
  ],
  programs: [[0, 'on_packet', 'kprobe', [[0, 1000, 31, 2]]]],
  cpu: [[0, 1.2, 0.4], [1, null, 38]],
};
const data: Data = parseData(JSON.stringify(island));

// Each key stands for its words.
setWords(new Proxy({} as Record<string, string>, { get: (_, key) => `${String(key)} {0} {1} {2} {3}` }));

function valuesOf(chart: Chart | undefined): JsonObject[] {
  return ((chart?.spec['data'] as JsonObject)['values'] ?? []) as JsonObject[];
}

test('a forest plot has the rows of its part only', () => {
  assert.deepEqual(valuesOf(forestOfColumn(data, 0, 0)).map((value) => value['row']), ['count <b>', 'trace']);
  assert.deepEqual(valuesOf(forestOfColumn(data, 1, 0)).map((value) => value['row']), ['other']);
  assert.equal(forestOfColumn(data, 1, 1), undefined);
});

test('what is not known is not drawn, and said', () => {
  const value = valuesOf(forestOfColumn(data, 0, 1))[0];
  assert.equal(value?.['overhead'], null);
  assert.equal(value?.['low'], null);
  assert.match(forestOfColumn(data, 0, 1)?.alt ?? '', /forest_none/);
});

test('one tool has one row for each metric', () => {
  assert.deepEqual(valuesOf(forestOfSubject(data, 1, true)).map((value) => value['row']), ['tcp_rr mean latency', 'tcp_rr p99 latency']);
});

test('the scale is bent only for large overheads', () => {
  assert.equal(isBent(forestDomain(data.rows)), true);
  assert.equal(isBent(forestDomain(data.rows.filter((row) => row.subject !== 1))), false);
});

test('a chart over time has every window of its part, and marks what is not valid', () => {
  const values = valuesOf(timeOfColumn(data, 0, 0));
  assert.equal(values.length, 4);
  assert.equal(values.filter((value) => value['value'] === null).length, 1);
  assert.match(String(values[3]?.['text']), /a stream was lost/);
  assert.equal(valuesOf(timeOfSubject(data, 2, 0)).length, 1);
});

test('resources come from the windows that have them', () => {
  const charts = resourcesOfSubject(data, 0);
  assert.deepEqual(charts.map((chart) => valuesOf(chart)[0]?.['value']), [1.5, 2]);
  assert.deepEqual(resourcesOfSubject(data, 2), []);
});

test('cost and percentiles have what is known', () => {
  assert.equal(valuesOf(cpuOfGroup(data, 0)).length, 3);
  assert.equal(cpuOfGroup(data, 1), undefined);
  assert.equal(valuesOf(attributionOfGroup(data, 0)).length, 1);
  assert.equal(percentilesOfGroup(data, 0).length, 1);
});

test('of many tools the costliest are drawn', () => {
  const rows = Array.from({ length: 40 }, (_, index) => ({ ...data.rows[0]!, index, overhead: index === 3 ? null : index }));
  assert.deepEqual(costliest(rows, 2).map((row) => row.index), [38, 39]);
});

test('neighbours differ in colour or shape', () => {
  for (let i = 0; i < 40; ++i) assert.notDeepEqual(seriesMark(i), seriesMark(i + 1));
  assert.deepEqual([placeOf(data, -1), placeOf(data, 1), placeOf(data, 2)], [0, 2, 1]);
});

test('the state survives the way through the address', () => {
  const state = { ...nothing, row: 3, tool: 'eth drop&x', workload: 'tcp_rr', verdict: 'EXCEEDS', group: 1, sort: 4, descending: false };
  assert.deepEqual(parseState(formatState(state)), state);
  assert.deepEqual(parseState('#r12'), { ...nothing, row: 12 });
  assert.equal(parseState('#verdicts'), undefined);
  assert.equal(formatState(nothing), '');
  assert.equal(parseState('#row=-1&sort=x')?.row, null);
});

test('a filter takes name, part, workload and verdict together', () => {
  assert.deepEqual([...shownSubjects(data, { ...nothing, tool: 'TRACE' })], [1]);
  assert.deepEqual([...shownSubjects(data, { ...nothing, group: 1 })], [2, 3]);
  assert.deepEqual([...shownSubjects(data, { ...nothing, verdict: 'EXCEEDS' })], [1]);
  assert.deepEqual([...shownSubjects(data, { ...nothing, verdict: 'INVALID' })], [3]);
  assert.equal(rowFits(data, data.rows[0]!, { ...nothing, workload: 'udp_rr' }), false);
});

test('numbers are written as the tables write them', () => {
  assert.deepEqual([0.041, 3.21, -12.63, 312.4, -0.001, null].map(signed), ['+0.04', '+3.2', '-12.6', '+312', '0.00', '?']);
  assert.equal(plain(99.6), '100');
  assert.equal(valueText(412345, '1/s'), '412k/s');
  assert.equal(valueText(12.634, 'us'), '12.63 us');
});
