// The page's data (src/report/html_island.cpp writes it): arrays in place of objects, indices in place of names. Here
// the places get names.
import { isObject, type Json, type JsonObject } from './json.js';

export interface Subject {
  id: string;
  name: string;
  group: number;
}
export interface Workload {
  id: string;
  label: string;
  unit: string; // of work: "packet"
}
export interface Column {
  workload: number;
  metric: string;
  label: string;
  unit: string;
  primary: boolean;
  higherIsBetter: boolean;
}
export interface Row {
  index: number; // in the result: its place in the page is the element "r" + index
  subject: number;
  column: number;
  verdict: number;
  primary: boolean;
  overhead: number | null;
  low: number | null;
  high: number | null;
  margin: number;
  noiseLow: number | null;
  noiseHigh: number | null;
  baseline: number | null;
  withTool: number | null;
  // microseconds per unit of work
  added?: { measured: number; low: number | null; high: number | null; attributed: number };
}
export interface Window {
  group: number;
  block: number;
  second: boolean; // the block's second baseline
  subject: number; // -1: baseline
  workload: number;
  start: number | null; // seconds since the group's first window
  duration: number;
  purpose: 'timed' | 'warmup' | 'attribution';
  valid: boolean;
  reason: string;
  metrics: Map<number, number>; // by column
  cpu: number | null; // percent of one CPU
  rssKb: number | null;
  output: number | null; // bytes per second
}
export interface Program {
  subject: number;
  name: string;
  hook: string;
  workloads: { workload: number; runs: number | null; ns: number | null; perUnit: number | null }[];
}
export interface Data {
  lang: string;
  words: Record<string, string>;
  verdicts: { code: string; word: string }[];
  groups: string[];
  subjects: Subject[];
  workloads: Workload[];
  columns: Column[];
  rows: Row[];
  windows: Window[];
  programs: Program[];
  cpu: { subject: number; programs: number | null; user: number | null }[];
}

const purposes = ['timed', 'warmup', 'attribution'] as const;

function array(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
function number(value: Json | undefined): number {
  return typeof value === 'number' ? value : 0;
}
function optional(value: Json | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function rowOf(entry: Json, index: number): Row {
  const at = array(entry);
  const row: Row = {
    index, subject: number(at[0]), column: number(at[1]), verdict: number(at[2]), primary: at[3] === 1,
    overhead: optional(at[4]), low: optional(at[5]), high: optional(at[6]), margin: number(at[7]),
    noiseLow: optional(at[8]), noiseHigh: optional(at[9]), baseline: optional(at[10]), withTool: optional(at[11]),
  };
  if (typeof at[12] === 'number' && typeof at[15] === 'number')
    row.added = { measured: at[12], low: optional(at[13]), high: optional(at[14]), attributed: at[15] };
  return row;
}

function windowOf(entry: Json, notes: Json[]): Window {
  const at = array(entry);
  const metrics = new Map<number, number>();
  const pairs = array(at[10]);
  for (let i = 0; i + 1 < pairs.length; i += 2)
    if (typeof pairs[i + 1] === 'number') metrics.set(number(pairs[i]), number(pairs[i + 1]));
  const conditions = array(at[11]);
  return {
    group: number(at[0]), block: number(at[1]), second: at[2] === 1, subject: number(at[3]), workload: number(at[4]),
    start: optional(at[5]), duration: number(at[6]), purpose: purposes[number(at[7])] ?? 'timed', valid: at[8] === 1,
    reason: number(at[9]) < 0 ? '' : text(notes[number(at[9])]), metrics,
    cpu: optional(conditions[0]), rssKb: optional(conditions[1]), output: optional(conditions[2]),
  };
}

function stringsOf(value: Json | undefined): Record<string, string> {
  const from: JsonObject = isObject(value) ? value : {};
  return Object.fromEntries(Object.entries(from).map(([key, word]) => [key, text(word)]));
}

export function parseData(island: string): Data {
  const parsed: Json = JSON.parse(island);
  if (!isObject(parsed)) throw new Error('the page has no data');
  const notes = array(parsed['notes']);
  return {
    lang: text(parsed['lang']),
    words: stringsOf(parsed['words']),
    verdicts: array(parsed['verdicts']).map((v) => ({ code: text(array(v)[0]), word: text(array(v)[1]) })),
    groups: array(parsed['groups']).map(text),
    subjects: array(parsed['subjects']).map((s) => {
      const at = array(s);
      return { id: text(at[0]), name: text(at[1]), group: number(at[2]) };
    }),
    workloads: array(parsed['workloads']).map((w) => {
      const at = array(w);
      return { id: text(at[0]), label: text(at[1]), unit: text(at[2]) };
    }),
    columns: array(parsed['columns']).map((c) => {
      const at = array(c);
      return {
        workload: number(at[0]), metric: text(at[1]), label: text(at[2]), unit: text(at[3]), primary: at[4] === 1,
        higherIsBetter: at[5] === 1,
      };
    }),
    rows: array(parsed['rows']).map(rowOf),
    windows: array(parsed['windows']).map((w) => windowOf(w, notes)),
    programs: array(parsed['programs']).map((p) => {
      const at = array(p);
      return {
        subject: number(at[0]), name: text(at[1]), hook: text(at[2]),
        workloads: array(at[3]).map((w) => {
          const by = array(w);
          return { workload: number(by[0]), runs: optional(by[1]), ns: optional(by[2]), perUnit: optional(by[3]) };
        }),
      };
    }),
    cpu: array(parsed['cpu']).map((c) => {
      const at = array(c);
      return { subject: number(at[0]), programs: optional(at[1]), user: optional(at[2]) };
    }),
  };
}

export function columnTitle(data: Data, column: number): string {
  const at = data.columns[column];
  return at ? `${data.workloads[at.workload]?.label ?? ''}: ${at.label}` : '';
}

export function subjectName(data: Data, subject: number): string {
  return data.subjects[subject]?.name ?? data.words['baseline'] ?? '';
}

// Rows of a group and column; all columns where it is undefined.
export function rowsOf(data: Data, group: number, column?: number): Row[] {
  return data.rows.filter(
    (row) => data.subjects[row.subject]?.group === group && (column === undefined || row.column === column),
  );
}
