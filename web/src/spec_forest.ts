// Forest plots: overheads with their intervals, the margin and the baseline's own noise.
import { columnTitle, rowsOf, subjectName, type Data, type Row } from './data.js';
import { signed } from './format.js';
import type { Json, JsonObject } from './json.js';
import { base, costliest, keep, nameAxis, nominal, token, topNote, type Chart } from './spec.js';
import { t } from './words.js';

// Past this the small overheads, which decide, would vanish on a linear scale.
const bentFrom = 40;
const mostRows = 30;

export interface Domain {
  low: number;
  high: number;
}

// How far the baseline may differ from itself, either way.
function noiseReach(row: Row): number | null {
  return row.noiseLow === null || row.noiseHigh === null ? null : Math.max(Math.abs(row.noiseLow), Math.abs(row.noiseHigh));
}

export function forestDomain(rows: readonly Row[]): Domain {
  let low = -1;
  let high = 1;
  for (const row of rows) {
    for (const value of [row.overhead, row.low, row.high]) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    high = Math.max(high, row.margin * 1.1);
    low = Math.min(low, -(noiseReach(row) ?? 0));
  }
  return { low: low * 1.08, high: high * 1.08 };
}

export function isBent(domain: Domain): boolean {
  return domain.high > bentFrom || domain.low < -bentFrom;
}

const ticks = [-500, -200, -100, -50, -20, -10, -5, 0, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
const codes = ['PASS', 'OVERHEAD', 'EXCEEDS', 'INCONCLUSIVE', 'SATURATED', 'INVALID'];
const shapes = ['circle', 'triangle-up', 'square', 'diamond', 'stroke', 'cross'];

function describe(data: Data, row: Row, name: string): string {
  const verdict = data.verdicts[row.verdict]?.word ?? '';
  if (row.overhead === null) return t('chart.forest_none', name, verdict);
  if (row.low === null || row.high === null) return t('chart.forest_point', name, signed(row.overhead), verdict);
  return t('chart.forest_text', name, signed(row.overhead), signed(row.low), signed(row.high), verdict);
}

// One line a row. `nameOf` names it: the subject where one metric is compared, the metric where one subject is.
function forest(
  data: Data, rows: readonly Row[], nameOf: (row: Row) => string, marked: Row | undefined, domain: Domain,
  wide: boolean,
): JsonObject {
  const values: Json[] = rows.map((row) => {
    const noise = noiseReach(row);
    return {
      row: nameOf(row), overhead: row.overhead, low: row.low, high: row.high,
      noise_low: noise === null ? null : -noise, noise_high: noise, verdict: data.verdicts[row.verdict]?.code ?? '',
      label: signed(row.overhead), margin: row.margin > 0 ? row.margin : null, marked: row === marked,
      text: describe(data, row, nameOf(row)),
    };
  });
  const bent = isBent(domain);
  const scale: JsonObject = { domain: [domain.low, domain.high], nice: false, zero: false };
  const axis: JsonObject = { title: null, grid: true, tickCount: 6, labelOverlap: true };
  if (bent) {
    Object.assign(scale, { type: 'symlog', constant: 5 });
    axis['values'] = ticks.filter((tick) => tick >= domain.low && tick <= domain.high);
  }
  const x = (field: string): JsonObject => ({ field, type: 'quantitative', scale, axis });
  const y: JsonObject = {
    field: 'row', type: 'nominal', sort: rows.map(nameOf), axis: nameAxis(wide ? 'longLabelWidth' : 'labelWidth'),
  };
  const color: JsonObject = {
    field: 'verdict', type: 'nominal', legend: null,
    scale: { domain: codes, range: codes.map((code) => token(code.toLowerCase())) },
  };
  const shape: JsonObject = { field: 'verdict', type: 'nominal', legend: null, scale: { domain: codes, range: shapes } };
  const zero: JsonObject = { x: { datum: 0, type: 'quantitative' } };
  const layers: JsonObject[] = [
    {
      mark: { type: 'rect', color: token('muted'), opacity: 0.13, aria: false, clip: true },
      encoding: { x: x('noise_low'), x2: { field: 'noise_high' }, y },
    },
    { mark: { type: 'rule', color: token('axis'), aria: false }, encoding: zero },
    {
      transform: keep('datum.margin != null'),
      mark: { type: 'tick', color: token('accent'), thickness: 2, size: 25, aria: false, clip: true },
      encoding: { x: x('margin'), y },
    },
    {
      mark: { type: 'rule', strokeWidth: 2.5, strokeCap: 'round', aria: false },
      encoding: { x: x('low'), x2: { field: 'high' }, y, color, tooltip: nominal('text') },
    },
    {
      name: 'estimate', transform: keep('datum.overhead != null'),
      mark: { type: 'point', filled: true, size: 90, opacity: 1 },
      encoding: { x: x('overhead'), y, color, shape, tooltip: nominal('text') },
    },
    {
      name: 'no_estimate', transform: keep('datum.overhead == null'),
      mark: { type: 'text', text: t('chart.no_estimate'), align: 'left', dx: 6, fontStyle: 'italic', color: token('muted') },
      encoding: { x: { datum: 0, type: 'quantitative' }, y },
    },
    {
      mark: { type: 'text', align: 'right', dx: token('valueWidth'), aria: false },
      encoding: {
        x: { value: 'width' }, y, text: { field: 'label' }, color,
        ...(marked ? { opacity: { condition: { test: 'datum.marked', value: 1 }, value: 0.75 } } : {}),
      },
    },
  ];
  if (marked)
    layers.unshift({
      transform: keep('datum.marked'),
      mark: { type: 'rect', color: token('accent'), opacity: 0.1, aria: false },
      encoding: { y, x: { value: 0 }, x2: { value: 'width' } },
    });
  const spec = base(values);
  spec['height'] = 27 * rows.length;
  spec['padding'] = { left: 0, top: 4, bottom: 4, right: token('valueWidth') };
  spec['layer'] = layers;
  return spec;
}

function chart(id: string, title: string, rows: readonly Row[], spec: JsonObject, note: string | undefined): Chart {
  const values = (spec['data'] as JsonObject)['values'] as JsonObject[];
  const out: Chart = {
    id, title, alt: values.map((value) => String(value['text'])).join('; '), spec, height: 27 * rows.length + 40,
  };
  if (note !== undefined) out.note = note;
  return out;
}

// One scale for all metrics of a group, so that its charts can be compared; undefined when there is nothing to draw.
export function domainOfGroup(data: Data, group: number): Domain | undefined {
  const rows = rowsOf(data, group).filter((row) => row.primary);
  return rows.length === 0 ? undefined : forestDomain(rows);
}

// One metric, all tools of its group; the row of interest is always among those drawn. With a `shared` scale the note
// on it is the caller's.
export function forestOfColumn(data: Data, group: number, column: number, marked?: Row, shared?: Domain): Chart | undefined {
  const all = rowsOf(data, group, column);
  if (all.length === 0) return undefined;
  let rows = costliest(all, mostRows);
  if (marked && !rows.includes(marked)) rows = [...rows.slice(0, mostRows - 1), marked];
  const notes = [topNote(rows.length, all.length)];
  const domain = shared ?? forestDomain(rows);
  if (!shared && isBent(domain)) notes.push(t('chart.bent'));
  const spec = forest(data, rows, (row) => subjectName(data, row.subject), marked, domain, false);
  const note = notes.filter((text) => text !== undefined).join(' ');
  return chart(`forest-${group}-${column}`, columnTitle(data, column), rows, spec, note || undefined);
}

// One tool, all its metrics.
export function forestOfSubject(data: Data, subject: number, primary: boolean, marked?: Row): Chart | undefined {
  const rows = data.rows.filter((row) => row.subject === subject && (row.primary || !primary));
  if (rows.length === 0) return undefined;
  const nameOf = (row: Row): string => {
    const column = data.columns[row.column];
    return `${data.workloads[column?.workload ?? -1]?.id ?? ''} ${column?.label ?? ''}`;
  };
  const domain = forestDomain(rows);
  const spec = forest(data, rows, nameOf, marked, domain, true);
  return chart(`forest-of-${subject}`, subjectName(data, subject), rows, spec, isBent(domain) ? t('chart.bent') : undefined);
}
