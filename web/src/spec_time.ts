// Charts over time: the value of each window, and what the tool took in it; blocks in the background.
import { columnTitle, rowsOf, subjectName, type Data, type Window } from './data.js';
import { valueText } from './format.js';
import type { Json, JsonObject } from './json.js';
import { base, costliest, keep, nominal, plainZero, seriesEncoding, token, topNote, type Chart } from './spec.js';
import { t } from './words.js';

const mostSubjects = 8;

interface Span {
  block: number;
  start: number; // minutes
  end: number;
}

function spansOf(windows: readonly Window[]): Span[] {
  const spans = new Map<number, Span>();
  for (const window of windows) {
    if (window.purpose === 'attribution' || window.start === null) continue;
    const start = window.start / 60;
    const end = start + window.duration / 60;
    const span = spans.get(window.block);
    if (!span) spans.set(window.block, { block: window.block, start, end });
    else {
      span.start = Math.min(span.start, start);
      span.end = Math.max(span.end, end);
    }
  }
  return [...spans.values()];
}

function backgroundLayers(spans: readonly Span[]): JsonObject[] {
  const band = (of: readonly Span[], opacity: number): JsonObject => ({
    data: { values: of.map(({ start, end }) => ({ start, end })) },
    mark: { type: 'rect', color: token('muted'), opacity, aria: false },
    encoding: { x: { field: 'start', type: 'quantitative' }, x2: { field: 'end' } },
  });
  const warm = spans.filter((span) => span.block === 0);
  const layers = [band(spans.filter((span) => span.block % 2 === 1), 0.08)];
  if (warm.length > 0)
    layers.push(band(warm, 0.24), {
      data: { values: warm.map(({ start, end }) => ({ start, end })) },
      mark: {
        type: 'text', text: t('chart.warmup'), align: 'left', baseline: 'top', dx: 3, dy: 3, fontSize: 10,
        color: token('muted'), aria: false,
      },
      encoding: { x: { field: 'start', type: 'quantitative' }, y: { value: 0 } },
    });
  return layers;
}

const timeAxis = (): JsonObject => ({
  field: 't', type: 'quantitative', scale: { nice: false },
  axis: { title: t('chart.minutes'), grid: false, tickCount: 6 },
});

function valueAxis(): JsonObject {
  return {
    field: 'value', type: 'quantitative', scale: { zero: false, nice: false, padding: 14 },
    axis: { title: null, tickCount: 4, format: '~s', labelExpr: plainZero, minExtent: 36, grid: true },
  };
}

function windowText(data: Data, window: Window, value: number | undefined, unit: string): string {
  const said = value === undefined || !window.valid ? t('chart.invalid', window.reason || t('chart.no_value')) : valueText(value, unit);
  const who = subjectName(data, window.subject);
  return t(window.block === 0 ? 'chart.block_warm' : 'chart.block', window.block, who, said);
}

function average(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

// Windows of one metric: the baseline and these subjects.
function timeChart(data: Data, group: number, column: number, subjects: readonly number[], all: number): Chart | undefined {
  const at = data.columns[column];
  if (!at) return undefined;
  const inGroup = data.windows.filter((window) => window.group === group && window.start !== null);
  const windows = inGroup.filter(
    (window) =>
      window.workload === at.workload && window.purpose !== 'attribution' &&
      (window.subject < 0 || subjects.includes(window.subject)),
  );
  if (windows.length === 0) return undefined;
  const values: Json[] = windows.map((window) => {
    const value = window.valid ? window.metrics.get(column) : undefined;
    return {
      t: (window.start ?? 0) / 60, who: subjectName(data, window.subject), value: value ?? null,
      text: windowText(data, window, value, at.unit),
    };
  });
  const invalid = windows.filter((window) => !window.valid || !window.metrics.has(column)).length;
  const series = [-1, ...subjects];
  const { color, shape } = seriesEncoding(data, series);
  const spec = base(values);
  spec['height'] = 150;
  spec['layer'] = [
    ...backgroundLayers(spansOf(inGroup)),
    {
      name: 'window', transform: keep('datum.value != null'),
      mark: { type: 'point', filled: true, size: 34, opacity: 0.85 },
      encoding: { x: timeAxis(), y: valueAxis(), color, shape, tooltip: nominal('text') },
    },
    {
      name: 'invalid', transform: keep('datum.value == null'),
      mark: {
        type: 'text', text: '\u2715', baseline: 'bottom', dy: -2, fontSize: 13, fontWeight: 'bold', color: token('exceeds'),
      },
      encoding: { x: timeAxis(), y: { value: 'height' }, tooltip: nominal('text') },
    },
  ];
  const mean = (subject: number): string =>
    valueText(
      average(
        windows
          .filter((w) => w.valid && w.block > 0 && w.subject === subject && w.metrics.has(column))
          .map((w) => w.metrics.get(column) ?? 0),
      ),
      at.unit,
    );
  const alt =
    subjects.length === 1
      ? t('chart.time_alt', windows.length, invalid, mean(-1), mean(subjects[0] ?? -1))
      : t('chart.time_alt_many', windows.length, subjects.length, invalid);
  const unit = at.unit && at.unit !== '1/s' ? ` (${at.unit})` : '';
  const chart: Chart = { id: `time-${group}-${column}`, title: columnTitle(data, column) + unit, alt, spec, height: 200, series };
  const note = topNote(subjects.length, all);
  if (note !== undefined) chart.note = note;
  return chart;
}

export function timeOfColumn(data: Data, group: number, column: number): Chart | undefined {
  const rows = rowsOf(data, group, column);
  return timeChart(data, group, column, costliest(rows, mostSubjects).map((row) => row.subject), rows.length);
}

export function timeOfSubject(data: Data, subject: number, column: number): Chart | undefined {
  return timeChart(data, data.subjects[subject]?.group ?? 0, column, [subject], 1);
}

// ---- what the tool itself took ----

interface Resource {
  name: 'cpu' | 'rss' | 'output';
  title: string;
  of: (window: Window) => number | null;
}
const resources: readonly Resource[] = [
  { name: 'cpu', title: 'chart.resource_cpu', of: (window) => window.cpu },
  { name: 'rss', title: 'chart.resource_rss', of: (window) => (window.rssKb === null ? null : window.rssKb / 1024) },
  { name: 'output', title: 'chart.resource_output', of: (window) => (window.output === null ? null : window.output / 1024) },
];

function resourceChart(data: Data, group: number, resource: Resource, subjects: readonly number[], all: number): Chart | undefined {
  const inGroup = data.windows.filter((window) => window.group === group && window.start !== null);
  const windows = inGroup.filter(
    (w) => subjects.includes(w.subject) && w.purpose !== 'attribution' && resource.of(w) !== null,
  );
  if (windows.length === 0) return undefined;
  const numbers = windows.map((window) => resource.of(window) ?? 0);
  const values: Json[] = windows.map((window) => ({
    t: (window.start ?? 0) / 60, who: subjectName(data, window.subject), value: resource.of(window),
    text: t('chart.resource_text', window.block, subjectName(data, window.subject),
      data.workloads[window.workload]?.id ?? '', valueText(resource.of(window), '')),
  }));
  const { color, shape } = seriesEncoding(data, subjects);
  const spec = base(values);
  spec['height'] = 130;
  const y = valueAxis();
  y['scale'] = { zero: true, nice: true };
  spec['layer'] = [
    ...backgroundLayers(spansOf(inGroup)),
    {
      name: 'resource', mark: { type: 'line', strokeWidth: 1, opacity: 0.4, aria: false },
      encoding: { x: timeAxis(), y, color },
    },
    {
      name: 'resource_point', mark: { type: 'point', filled: true, size: 24, opacity: 0.9 },
      encoding: { x: timeAxis(), y, color, shape, tooltip: nominal('text') },
    },
  ];
  const chart: Chart = {
    id: `resource-${resource.name}-${group}`, title: t(resource.title),
    alt: t('chart.resource_alt', t(resource.title), windows.length, valueText(Math.min(...numbers), ''),
      valueText(Math.max(...numbers), '')),
    spec, height: 180, series: [...subjects],
  };
  const note = topNote(subjects.length, all);
  if (note !== undefined) chart.note = note;
  return chart;
}

function charts(data: Data, group: number, subjects: readonly number[], all: number): Chart[] {
  return resources
    .map((resource) => resourceChart(data, group, resource, subjects, all))
    .filter((chart): chart is Chart => chart !== undefined);
}

// Of the tools that took most CPU.
export function resourcesOfGroup(data: Data, group: number): Chart[] {
  const most = new Map<number, number>();
  for (const window of data.windows)
    if (window.group === group && window.subject >= 0 && (window.cpu !== null || window.rssKb !== null))
      most.set(window.subject, Math.max(most.get(window.subject) ?? 0, window.cpu ?? 0));
  const subjects = [...most]
    .sort((a, b) => b[1] - a[1])
    .slice(0, mostSubjects)
    .map(([subject]) => subject)
    .sort((a, b) => a - b);
  return charts(data, group, subjects, most.size);
}

export function resourcesOfSubject(data: Data, subject: number): Chart[] {
  return charts(data, data.subjects[subject]?.group ?? 0, [subject], 1);
}
