// What the charts share: pieces of Vega-Lite. Colours and sizes stand in them as {"$token": NAME}, put in when a chart
// is drawn (tokens.ts).
import { subjectName, type Data, type Row } from './data.js';
import type { Json, JsonObject } from './json.js';
import { t } from './words.js';

export interface Chart {
  id: string;
  title: string;
  alt: string; // what a reader would see, in words
  spec: JsonObject;
  height: number; // about, before it is drawn
  series?: number[]; // subjects it tells apart by colour and shape; -1 is the baseline
  note?: string;
}

export const token = (name: string): JsonObject => ({ $token: name });

export function base(values: Json[]): JsonObject {
  return { width: 'container', autosize: { type: 'fit-x', contains: 'padding' }, data: { values } };
}

export const nominal = (field: string): JsonObject => ({ field, type: 'nominal' });
export const keep = (expression: string): JsonObject[] => [{ filter: expression }];

// An axis with SI prefixes writes "0k" beside "5k".
export const plainZero = "datum.value == 0 ? '0' : datum.label";

// A vertical axis of names whose width is the same in every chart.
export function nameAxis(width = 'labelWidth'): JsonObject {
  return {
    title: null, grid: false, ticks: false, domain: false,
    minExtent: token(width), maxExtent: token(width), labelLimit: token(width),
  };
}

export function legendOnTop(): JsonObject {
  return { title: null, orient: 'top', direction: 'horizontal', labelLimit: 400, columns: token('legendColumns') };
}

const shapes = [
  ['circle', '\u25cf'], ['square', '\u25a0'], ['triangle-up', '\u25b2'], ['diamond', '\u25c6'],
  ['triangle-down', '\u25bc'], ['triangle-right', '\u25b6'], ['triangle-left', '\u25c0'],
] as const;

// The mark of a subject by its place in its group (0: the baseline): the same in every chart.
export function seriesMark(place: number): { color: string; shape: string; glyph: string } {
  if (place === 0) return { color: 'baseline', shape: 'circle', glyph: '\u25cf' };
  const [shape, glyph] = shapes[(place - 1) % shapes.length] ?? shapes[0];
  return { color: `series${((place - 1) % 6) + 1}`, shape, glyph };
}

// Place of a subject in its group, from 1; 0 for the baseline.
export function placeOf(data: Data, subject: number): number {
  if (subject < 0) return 0;
  const group = data.subjects[subject]?.group;
  let place = 1;
  for (let i = 0; i < subject; ++i) if (data.subjects[i]?.group === group) ++place;
  return place;
}

// Colour and shape by subject; `who` holds the name.
export function seriesEncoding(data: Data, series: readonly number[]): { color: JsonObject; shape: JsonObject } {
  const names = series.map((subject) => subjectName(data, subject));
  const marks = series.map((subject) => seriesMark(placeOf(data, subject)));
  const encoding = (range: Json[]): JsonObject => ({
    field: 'who', type: 'nominal', legend: null, scale: { domain: names, range },
  });
  return { color: encoding(marks.map((m) => token(m.color))), shape: encoding(marks.map((m) => m.shape)) };
}

// At most `most` subjects of a column, those with the largest overhead, in their order.
export function costliest(rows: readonly Row[], most: number): Row[] {
  if (rows.length <= most) return [...rows];
  const byCost = [...rows].sort((a, b) => (b.overhead ?? -Infinity) - (a.overhead ?? -Infinity)).slice(0, most);
  return rows.filter((row) => byCost.includes(row));
}

export function topNote(shown: number, all: number): string | undefined {
  return shown < all ? t('chart.top', shown, all) : undefined;
}
