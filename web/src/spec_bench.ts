// Charts of bench.html: points with their intervals over categories or numbers, and bars.
import type { BenchChart, BenchData, BenchPoint } from './bench_data.js';
import type { Json, JsonObject } from './json.js';
import { base, nameAxis, nominal, plainZero, seriesMark, token, type Chart } from './spec.js';

// From this ratio of the largest to the smallest value on, the small ones vanish on a linear scale.
const bentFrom = 8;
// The same for bars, which a bent scale makes harder to compare: from this ratio to the one in the middle on.
const bentBarsFrom = 12;

// Vega's label of an axis, which has "0k" beside "5k" and "1.02k" for 1024.
const plainNumber = "datum.value < 10000 ? format(datum.value, '~r') : datum.label";

// A mean that is net of a floor may be negative, and so may its interval: then the scale is linear around 0 and
// logarithmic farther out.
export function valueScale(points: readonly BenchPoint[]): JsonObject {
  const means = points.map((point) => point.mean);
  const lows = points.map((point) => point.low ?? point.mean);
  const high = Math.max(...means);
  const low = Math.min(...means);
  if (low > 0 && high <= bentFrom * low) return { type: 'linear', zero: false, nice: false, padding: 14 };
  if (Math.min(...lows) > 0) return { type: 'log', nice: false, padding: 14 };
  if (high <= 1) return { type: 'linear', zero: true, nice: true };
  return { type: 'symlog', constant: 1, nice: false, padding: 14 };
}

// Round numbers for a scale that Vega would divide evenly.
export function bentTicks(points: readonly BenchPoint[]): number[] {
  const high = Math.max(...points.map((point) => point.high ?? point.mean));
  const low = Math.min(...points.map((point) => point.low ?? point.mean));
  const all = [0];
  for (let tick = 1; tick <= 1e12; tick *= 10) all.push(tick, -tick);
  return all.filter((tick) => tick >= low - 1 && tick <= high).sort((a, b) => a - b);
}

// Bars begin at 0, so a logarithmic scale is none for them: this one is linear up to the power of ten below the
// ordinary bar, and logarithmic farther out.
export function barScale(points: readonly BenchPoint[]): { scale: JsonObject; ticks?: number[] } {
  const sizes = points.map((point) => Math.abs(point.mean)).sort((a, b) => a - b);
  const ordinary = sizes[Math.floor(sizes.length / 2)] ?? 0;
  const largest = sizes[sizes.length - 1] ?? 0;
  if (!(ordinary > 0) || largest < bentBarsFrom * ordinary) return { scale: { type: 'linear', nice: true, zero: true } };
  const constant = 10 ** Math.floor(Math.log10(ordinary / 3));
  const high = Math.max(0, ...points.map((point) => point.high ?? point.mean));
  const low = Math.min(0, ...points.map((point) => point.low ?? point.mean));
  const ticks = [0];
  for (let tick = constant; tick <= Math.max(high, -low); tick *= 10) ticks.push(tick, -tick);
  return {
    scale: { type: 'symlog', constant, nice: false, zero: true },
    ticks: ticks.filter((tick) => tick >= low && tick <= high).sort((a, b) => a - b),
  };
}

const valuesOf = (data: BenchData, chart: BenchChart): Json[] =>
  chart.points.map((point) => ({
    who: data.series[point.series]?.name ?? '', x: point.x, value: point.mean, low: point.low, high: point.high,
    text: point.text,
  }));

function seriesOf(chart: BenchChart): number[] {
  return [...new Set(chart.points.map((point) => point.series))].sort((a, b) => a - b);
}

function markEncoding(data: BenchData, series: readonly number[]): { color: JsonObject; shape: JsonObject } {
  const names = series.map((at) => data.series[at]?.name ?? '');
  const marks = series.map((at) => seriesMark(data.series[at]?.place ?? 1));
  const by = (range: Json[]): JsonObject => ({
    field: 'who', type: 'nominal', legend: null, scale: { domain: names, range },
  });
  return { color: by(marks.map((mark) => token(mark.color))), shape: by(marks.map((mark) => mark.shape)) };
}

// The distinct places on the axis: what was measured, not what looks round.
function numberAxis(chart: BenchChart): JsonObject {
  const places = [...new Set(chart.points.map((point) => Number(point.x)))].sort((a, b) => a - b);
  const first = places[0] ?? 0;
  const last = places[places.length - 1] ?? 0;
  return {
    field: 'x', type: 'quantitative',
    // A logarithmic scale has no zero to leave out.
    scale: first > 0 && last >= bentFrom * first
      ? { type: 'log', nice: false, padding: 18 }
      : { type: 'linear', zero: false, nice: false, padding: 18 },
    axis: { title: chart.xTitle, values: places, format: '.3~s', labelExpr: plainNumber, grid: false, labelOverlap: true },
  };
}

function pointsSpec(data: BenchData, chart: BenchChart): JsonObject {
  const series = seriesOf(chart);
  const { color, shape } = markEncoding(data, series);
  const scale = valueScale(chart.points);
  const axis: JsonObject = { title: chart.yTitle, tickCount: 5, format: '~r', grid: true };
  if (scale['type'] === 'symlog') axis['values'] = bentTicks(chart.points);
  const y = (field: string): JsonObject => ({ field, type: 'quantitative', scale, axis });
  const categories = chart.kind === 'categories';
  const x: JsonObject = categories
    ? {
        field: 'x', type: 'ordinal', sort: chart.order, scale: { paddingInner: 0.3, paddingOuter: 0.15 },
        axis: { title: chart.xTitle || null, labelAngle: chart.order.length > 5 ? -35 : 0, ticks: false, grid: false },
      }
    : numberAxis(chart);
  // Side by side in a category, so that values which hardly differ do not hide each other.
  const names = series.map((at) => data.series[at]?.name ?? '');
  const place = categories ? { x, xOffset: { field: 'who', type: 'nominal', sort: names } } : { x };
  const tooltip = nominal('text');
  const spec = base(valuesOf(data, chart));
  spec['height'] = 260;
  spec['layer'] = [
    {
      mark: { type: 'line', strokeWidth: 1.25, opacity: 0.55, aria: false },
      encoding: { ...place, y: y('value'), color },
    },
    {
      name: 'interval', mark: { type: 'rule', strokeWidth: 2, strokeCap: 'round', aria: false },
      encoding: { ...place, y: y('low'), y2: { field: 'high' }, color, tooltip },
      transform: [{ filter: 'datum.low != null && datum.high != null' }],
    },
    {
      name: 'mean', mark: { type: 'point', filled: true, size: 62, opacity: 1 },
      encoding: { ...place, y: y('value'), color, shape, tooltip },
    },
  ];
  return spec;
}

function barsSpec(data: BenchData, chart: BenchChart): JsonObject {
  const values = valuesOf(data, chart);
  const y: JsonObject = { field: 'x', type: 'nominal', sort: chart.order, axis: nameAxis('longLabelWidth') };
  const { scale, ticks } = barScale(chart.points);
  const axis: JsonObject = {
    title: ticks ? `${chart.yTitle}, log scale` : chart.yTitle, tickCount: 5, format: '~s', grid: true,
    labelExpr: plainZero,
  };
  if (ticks) axis['values'] = ticks;
  const x = (field: string): JsonObject => ({ field, type: 'quantitative', scale, axis });
  const tooltip = nominal('text');
  const spec = base(values);
  spec['height'] = 25 * chart.order.length;
  spec['layer'] = [
    {
      name: 'mean', mark: { type: 'bar', height: 13, cornerRadiusEnd: 1, color: token('second') },
      encoding: { x: x('value'), y, tooltip },
    },
    {
      name: 'interval', mark: { type: 'rule', strokeWidth: 2.5, color: token('ink'), aria: false },
      encoding: { x: x('low'), x2: { field: 'high' }, y, tooltip },
      transform: [{ filter: 'datum.low != null && datum.high != null' }],
    },
  ];
  return spec;
}

export function benchChart(data: BenchData, chart: BenchChart): Chart {
  const bars = chart.kind === 'bars';
  const out: Chart = {
    id: chart.id, title: chart.title, alt: chart.points.map((point) => point.text).join('; '),
    spec: bars ? barsSpec(data, chart) : pointsSpec(data, chart),
    height: bars ? 25 * chart.order.length + 50 : 310,
  };
  if (!bars) out.series = seriesOf(chart);
  if (chart.note) out.note = chart.note;
  return out;
}
