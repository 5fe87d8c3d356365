import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseBenchData, type BenchPoint } from '../src/bench_data.js';
import type { JsonObject } from '../src/json.js';
import { barScale, benchChart, bentTicks, valueScale } from '../src/spec_bench.js';

// As page_island.cpp writes it.
const data = parseBenchData(JSON.stringify({
  words: { 'chart.legend': 'Marks' },
  series: [['hash', 1], ['array <b>', 2]],
  charts: [
    {
      id: 'a', box: 'maps-operations', kind: 'categories', title: 'By operation', note: 'Here: idle.', x: '',
      y: 'ns per operation', order: ['lookup', 'update'],
      points: [[0, 'lookup', 14, 13, 15, 'hash lookup: 14 ns'], [1, 'lookup', 2, null, null, 'array lookup: 2 ns']],
    },
    { id: 'b', box: 'hooks-bodies', kind: 'bars', title: 'empty', note: '', x: '', y: 'ns', order: ['raw_tp'], points: [[0, 'raw_tp', 20, 19, 21, 'raw_tp: 20 ns']] },
  ],
}));

const point = (mean: number, low: number | null = null, high: number | null = null): BenchPoint => ({
  series: 0, x: 0, mean, low, high, text: '',
});

test('points keep their texts, and what is not known stays unknown', () => {
  const chart = benchChart(data, data.charts[0]!);
  const values = (chart.spec['data'] as JsonObject)['values'] as JsonObject[];
  assert.deepEqual(values.map((value) => value['who']), ['hash', 'array <b>']);
  assert.equal(values[1]?.['low'], null);
  assert.match(chart.alt, /hash lookup: 14 ns; array lookup: 2 ns/);
  assert.deepEqual(chart.series, [0, 1]);
  assert.equal(chart.note, 'Here: idle.');
});

test('bars have no series, and a height for each', () => {
  const chart = benchChart(data, data.charts[1]!);
  assert.equal(chart.series, undefined);
  assert.equal(chart.spec['height'], 25);
});

test('a scale is bent only where small values would vanish', () => {
  assert.equal(valueScale([point(10), point(40)])['type'], 'linear');
  assert.equal(valueScale([point(1), point(400)])['type'], 'log');
  assert.equal(valueScale([point(0.1, -0.2, 0.4), point(400)])['type'], 'symlog');
  assert.equal(valueScale([point(0, -0.2, 0.4), point(0.5)])['type'], 'linear');
});

test('ticks of a bent scale are powers of ten inside it', () => {
  assert.deepEqual(bentTicks([point(-0.5, -0.6, 0.1), point(450, 440, 460)]), [-1, 0, 1, 10, 100]);
});

test('bars of like size have a linear scale; one that dwarfs the others bends it', () => {
  assert.equal(barScale([point(10), point(40), point(90)]).scale['type'], 'linear');
  const bent = barScale([point(15), point(50, 40, 60), point(60), point(500), point(16000, 15000, 17000)]);
  assert.equal(bent.scale['type'], 'symlog');
  assert.equal(bent.scale['constant'], 10);
  assert.equal(bent.scale['zero'], true);
  assert.deepEqual(bent.ticks, [0, 10, 100, 1000, 10000]);
  assert.deepEqual(barScale([point(-20, -150, 110), point(30), point(30), point(9000)]).ticks, [-100, -10, 0, 10, 100, 1000]);
  assert.equal(barScale([point(0), point(0)]).scale['type'], 'linear');
  assert.equal(barScale([]).scale['type'], 'linear');
});
