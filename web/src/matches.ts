// Which tools and rows a filter lets through. Pure.
import type { Data, Row } from './data.js';
import type { State } from './state.js';

export function rowFits(data: Data, row: Row, state: State): boolean {
  const column = data.columns[row.column];
  if (state.workload && data.workloads[column?.workload ?? -1]?.id !== state.workload) return false;
  return !state.verdict || data.verdicts[row.verdict]?.code === state.verdict;
}

// Subjects that are shown: their name and group fit, and a row of theirs does (any, where no row is asked for).
export function shownSubjects(data: Data, state: State): Set<number> {
  const wanted = state.tool.trim().toLowerCase();
  const named = data.subjects.flatMap((subject, index) =>
    (wanted === '' || subject.name.toLowerCase().includes(wanted)) && (state.group === null || subject.group === state.group)
      ? [index]
      : [],
  );
  if (!state.workload && !state.verdict) return new Set(named);
  const withRow = new Set(data.rows.filter((row) => rowFits(data, row, state)).map((row) => row.subject));
  const measured = new Set(data.rows.map((row) => row.subject));
  // What could not be measured at all has no row, and is invalid.
  return new Set(named.filter((s) => withRow.has(s) || (!measured.has(s) && state.verdict === 'INVALID')));
}
