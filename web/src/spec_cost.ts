// Latency percentiles, and where the cost comes from.
import { subjectName, type Data, type Row } from './data.js';
import { plain, signed, valueText } from './format.js';
import type { Json, JsonObject } from './json.js';
import { base, costliest, legendOnTop, nameAxis, nominal, seriesEncoding, token, topNote, type Chart } from './spec.js';
import { t } from './words.js';

const mostSubjects = 8;
const mostBars = 40;

// The maximum is one single transaction: it stands in the table and would only push the others together here.
const percentiles = [
  ['latency_min_us', 'chart.min'], ['latency_p50_us', 'p50'], ['latency_p90_us', 'p90'], ['latency_p99_us', 'p99'],
] as const;

function percentileChart(data: Data, group: number, workload: number, only?: number): Chart | undefined {
  const order: string[] = [];
  const values: { who: string; percentile: string; value: number; text: string; subject: number }[] = [];
  let all = 0;
  const columns = percentiles.map(([metric]) => data.columns.findIndex((c) => c.workload === workload && c.metric === metric));
  const rowsIn = (column: number): Row[] =>
    data.rows.filter(
      (row) => row.column === column && data.subjects[row.subject]?.group === group && (only === undefined || row.subject === only),
    );
  // The same tools at every percentile: those that cost most at the last one that is there.
  const last = [...columns].reverse().find((column) => column >= 0 && rowsIn(column).length > 0);
  const shown = new Set(last === undefined ? [] : costliest(rowsIn(last), mostSubjects).map((row) => row.subject));
  percentiles.forEach(([, key], i) => {
    const label = key.startsWith('chart.') ? t(key) : key;
    const rows = rowsIn(columns[i] ?? -1);
    all = Math.max(all, rows.length);
    const add = (subject: number, value: number | null): void => {
      if (value === null || value <= 0) return;
      const who = subjectName(data, subject);
      values.push({ who, percentile: label, value, subject, text: t('chart.percentile_text', who, label, valueText(value, '')) });
    };
    const first = rows.find((row) => row.baseline !== null);
    if (first) add(-1, first.baseline);
    for (const row of rows) if (shown.has(row.subject)) add(row.subject, row.withTool);
    if (rows.length > 0) order.push(label);
  });
  if (values.length === 0) return undefined;
  const series = [...new Set(values.map((value) => value.subject))].sort((a, b) => a - b);
  const low = Math.min(...values.map((value) => value.value));
  const high = Math.max(...values.map((value) => value.value));
  const bent = high > 8 * low;
  const { color, shape } = seriesEncoding(data, series);
  const who = series.map((subject) => subjectName(data, subject));
  const x: JsonObject = {
    field: 'percentile', type: 'ordinal', sort: order, scale: { paddingInner: 0.35, paddingOuter: 0.15 },
    axis: { title: null, labelAngle: 0, ticks: false, grid: false },
  };
  const y: JsonObject = {
    field: 'value', type: 'quantitative',
    scale: { type: bent ? 'log' : 'linear', zero: false, nice: false, padding: 14 },
    axis: { title: t(bent ? 'chart.microseconds_log' : 'chart.microseconds'), tickCount: 5, format: '~r', grid: true },
  };
  const spec = base(values.map(({ who: name, percentile, value, text }) => ({ who: name, percentile, value, text })));
  spec['height'] = 230;
  spec['layer'] = [
    {
      mark: { type: 'line', strokeWidth: 1, opacity: 0.45, aria: false },
      encoding: { x, xOffset: { field: 'who', type: 'nominal', sort: who }, y, color },
    },
    {
      name: 'percentile', mark: { type: 'point', filled: true, size: 70, opacity: 1 },
      // Side by side within each percentile, so that values which hardly differ do not hide each other.
      encoding: { x, xOffset: { field: 'who', type: 'nominal', sort: who }, y, color, shape, tooltip: nominal('text') },
    },
  ];
  const chart: Chart = {
    id: `percentiles-${group}-${workload}`, title: data.workloads[workload]?.label ?? '',
    alt: values.map((value) => value.text).join('; '), spec, height: 270, series,
  };
  const note = topNote(shown.size, all);
  if (note !== undefined) chart.note = note;
  return chart;
}

export function percentilesOfGroup(data: Data, group: number): Chart[] {
  return data.workloads
    .map((_, workload) => percentileChart(data, group, workload))
    .filter((chart): chart is Chart => chart !== undefined);
}

export function percentilesOfSubject(data: Data, subject: number, workload: number): Chart | undefined {
  return percentileChart(data, data.subjects[subject]?.group ?? 0, workload, subject);
}

// CPU in the programs and in user space, of the tools of a group.
export function cpuOfGroup(data: Data, group: number): Chart | undefined {
  const all = data.cpu.filter((entry) => data.subjects[entry.subject]?.group === group);
  const shown = [...all]
    .sort((a, b) => (b.programs ?? 0) + (b.user ?? 0) - (a.programs ?? 0) - (a.user ?? 0))
    .slice(0, mostBars);
  const entries = all.filter((entry) => shown.includes(entry));
  const values: Json[] = [];
  const alt: string[] = [];
  const parts = [t('chart.cpu_programs'), t('chart.cpu_user')];
  for (const entry of entries)
    [entry.programs, entry.user].forEach((value, rank) => {
      if (value === null) return;
      const text = t('chart.cpu_text', subjectName(data, entry.subject), parts[rank] ?? '', plain(value));
      values.push({ who: subjectName(data, entry.subject), part: parts[rank] ?? '', rank, value, text });
      alt.push(text);
    });
  if (values.length === 0) return undefined;
  const spec = base(values);
  spec['height'] = 27 * entries.length;
  spec['mark'] = { type: 'bar', height: 15, cornerRadiusEnd: 1 };
  spec['encoding'] = {
    x: { field: 'value', type: 'quantitative', stack: 'zero', axis: { title: t('chart.cpu_axis'), tickCount: 6 } },
    y: {
      field: 'who', type: 'nominal', sort: entries.map((entry) => subjectName(data, entry.subject)), axis: nameAxis(),
    },
    color: {
      field: 'part', type: 'nominal', legend: legendOnTop(),
      scale: { domain: parts, range: [token('accent'), token('second')] },
    },
    order: { field: 'rank', type: 'quantitative' },
    tooltip: nominal('text'),
  };
  return { id: `cpu-${group}`, title: t('chart.cpu_title'), alt: alt.join('; '), spec, height: 27 * entries.length + 70 };
}

function attributionChart(data: Data, id: string, all: readonly Row[], oneSubject: boolean): Chart | undefined {
  const rows = costliest(all, mostBars);
  if (rows.length === 0) return undefined;
  const kinds = [t('chart.attributed'), t('chart.measured')];
  const order: string[] = [];
  const units = new Set<string>();
  const values: JsonObject[] = [];
  for (const row of rows) {
    if (!row.added) continue;
    const workload = data.workloads[data.columns[row.column]?.workload ?? -1];
    units.add(workload?.unit ?? '');
    const who = oneSubject ? (workload?.id ?? '') : `${subjectName(data, row.subject)} \u00b7 ${workload?.id ?? ''}`;
    order.push(who);
    const { measured, low, high, attributed } = row.added;
    values.push({
      who, attributed, measured, low, high, kind_a: kinds[0] ?? '', kind_m: kinds[1] ?? '',
      text: t('chart.attribution_text', who, signed(measured), signed(low), signed(high), plain(attributed), signed(measured - attributed)),
    });
  }
  const title = units.size === 1 ? t('chart.attribution_axis', [...units][0] ?? '') : t('chart.attribution_axis_any');
  const y: JsonObject = { field: 'who', type: 'nominal', sort: order, axis: nameAxis('longLabelWidth') };
  const x = (field: string): JsonObject => ({ field, type: 'quantitative', axis: { title, tickCount: 6 } });
  const kind = (field: string): JsonObject => ({
    field, type: 'nominal', legend: legendOnTop(), scale: { domain: kinds, range: [token('accent'), token('ink')] },
  });
  const tooltip = nominal('text');
  const spec = base(values);
  spec['height'] = 25 * order.length;
  spec['layer'] = [
    {
      mark: { type: 'bar', height: 13, cornerRadiusEnd: 1 },
      encoding: { x: x('attributed'), y, color: kind('kind_a'), tooltip },
    },
    {
      mark: { type: 'rule', strokeWidth: 2, aria: false },
      encoding: { x: x('low'), x2: { field: 'high' }, y, color: kind('kind_m'), tooltip },
    },
    {
      mark: { type: 'point', filled: true, size: 55, opacity: 1 },
      encoding: { x: x('measured'), y, color: kind('kind_m'), tooltip },
    },
  ];
  const chart: Chart = {
    id, title: t('chart.attribution_title'), alt: values.map((value) => String(value['text'])).join('; '), spec,
    height: 25 * order.length + 70,
  };
  const note = topNote(rows.length, all.length);
  if (note !== undefined) chart.note = note;
  return chart;
}

export function attributionOfGroup(data: Data, group: number): Chart | undefined {
  const rows = data.rows.filter((row) => row.added && data.subjects[row.subject]?.group === group);
  return attributionChart(data, `attribution-${group}`, rows, false);
}

export function attributionOfSubject(data: Data, subject: number): Chart | undefined {
  const rows = data.rows.filter((row) => row.added && row.subject === subject);
  return attributionChart(data, `attribution-of-${subject}`, rows, true);
}
