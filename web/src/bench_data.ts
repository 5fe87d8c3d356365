// The data of bench.html (src/bench/guide/page_island.cpp writes it): charts as lists of points. What they mean, their
// units and texts were decided there; here they get names.
import { isObject, type Json, type JsonObject } from './json.js';

export interface BenchPoint {
  series: number;
  x: number | string; // a string is one of `order`
  mean: number;
  low: number | null;
  high: number | null;
  text: string;
}
export interface BenchChart {
  id: string;
  box: string; // the page's element with this data-figures
  kind: 'categories' | 'numbers' | 'bars';
  title: string;
  note: string;
  xTitle: string;
  yTitle: string;
  order: string[];
  points: BenchPoint[];
}
export interface BenchData {
  words: Record<string, string>;
  series: { name: string; place: number }[]; // place: which colour and shape (seriesMark)
  charts: BenchChart[];
}

const array = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const number = (value: Json | undefined): number => (typeof value === 'number' ? value : 0);
const optional = (value: Json | undefined): number | null => (typeof value === 'number' ? value : null);
const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

function pointOf(entry: Json): BenchPoint {
  const at = array(entry);
  return {
    series: number(at[0]), x: typeof at[1] === 'number' ? at[1] : text(at[1]), mean: number(at[2]), low: optional(at[3]),
    high: optional(at[4]), text: text(at[5]),
  };
}

function chartOf(entry: Json): BenchChart {
  const from: JsonObject = isObject(entry) ? entry : {};
  const kind = text(from['kind']);
  return {
    id: text(from['id']), box: text(from['box']), kind: kind === 'numbers' || kind === 'bars' ? kind : 'categories',
    title: text(from['title']), note: text(from['note']), xTitle: text(from['x']), yTitle: text(from['y']),
    order: array(from['order']).map(text), points: array(from['points']).map(pointOf),
  };
}

export function parseBenchData(island: string): BenchData {
  const parsed: Json = JSON.parse(island);
  if (!isObject(parsed)) throw new Error('the page has no data');
  const words: JsonObject = isObject(parsed['words']) ? parsed['words'] : {};
  return {
    words: Object.fromEntries(Object.entries(words).map(([key, word]) => [key, text(word)])),
    series: array(parsed['series']).map((s) => ({ name: text(array(s)[0]), place: number(array(s)[1]) })),
    charts: array(parsed['charts']).map(chartOf),
  };
}
