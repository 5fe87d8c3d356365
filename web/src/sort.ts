// Sorting of tables by a column. Numbers by value, text by the reader's language; what is unknown goes last both ways.

import { t } from './words.js';

export type Direction = 'ascending' | 'descending';

export interface SortKey {
  number?: number;
  text: string;
}

export function compareKeys(a: SortKey, b: SortKey, direction: Direction): number {
  const sign = direction === 'ascending' ? 1 : -1;
  if (a.number !== undefined && b.number !== undefined) return sign * (a.number - b.number);
  if (a.number !== undefined) return -1;
  if (b.number !== undefined) return 1;
  const aUnknown = isUnknown(a.text);
  const bUnknown = isUnknown(b.text);
  if (aUnknown || bUnknown) return Number(aUnknown) - Number(bUnknown);
  return sign * a.text.localeCompare(b.text, undefined, { numeric: true });
}

function isUnknown(text: string): boolean {
  return text === '' || text === '?' || text === '-';
}

// The order of the rows; equal rows keep the order they came in.
export function sortedOrder(keys: readonly SortKey[], direction: Direction): number[] {
  return keys
    .map((key, index) => ({ key, index }))
    .sort((a, b) => compareKeys(a.key, b.key, direction) || a.index - b.index)
    .map(({ index }) => index);
}

export function nextDirection(current: string | null): Direction {
  return current === 'ascending' ? 'descending' : 'ascending';
}

// A cell's value where it has one, else its text as a number where it is one.
export function keyOfCell(value: string | null | undefined, text: string): SortKey {
  const number = value ?? (/^[-+]?[0-9.]+(e[-+]?[0-9]+)?$/.test(text) ? text : undefined);
  const parsed = number === undefined ? NaN : Number(number);
  return Number.isNaN(parsed) ? { text } : { number: parsed, text };
}

export function keyOf(cell: Element | undefined): SortKey {
  return keyOfCell(cell?.getAttribute('data-value'), cell?.textContent?.trim() ?? '');
}

function sortBy(table: HTMLTableElement, column: number, header: HTMLElement, announce: (text: string) => void): void {
  const body = table.tBodies[0];
  if (!body) return;
  const direction = nextDirection(header.getAttribute('aria-sort'));
  const rows = [...body.rows];
  const order = sortedOrder(rows.map((row) => keyOf(row.cells[column])), direction);
  body.append(...order.map((index) => rows[index] as HTMLTableRowElement));
  for (const other of header.parentElement?.children ?? []) other.removeAttribute('aria-sort');
  header.setAttribute('aria-sort', direction);
  announce(t(`sort.done.${direction}`, header.textContent?.trim() ?? ''));
}

// Turns the column titles of a table into buttons.
export function makeSortable(table: HTMLTableElement, announce: (text: string) => void): void {
  const headers = table.tHead?.rows[0]?.cells ?? [];
  [...headers].forEach((header, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener('click', () => sortBy(table, column, header, announce));
  });
}
