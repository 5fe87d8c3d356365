// The heat map and the other tables under a filter, and the heat map's order.
import type { Data } from './data.js';
import { rowFits, shownSubjects } from './matches.js';
import { keyOf, sortedOrder } from './sort.js';
import { nothing, type State } from './state.js';
import { t } from './words.js';

function filterOf({ tool, workload, verdict, group }: State): object {
  return { tool, workload, verdict, group };
}

interface Line {
  element: HTMLTableRowElement;
  subject: number;
}

export class Matrix {
  private readonly table = document.querySelector<HTMLTableElement>('#verdict-matrix');
  private readonly lines: Line[] = [];
  private readonly ofSubject = new Map<string, number>();
  private readonly status: HTMLElement;
  private readonly headers: HTMLTableCellElement[];
  private order = '';
  private filter = JSON.stringify(filterOf(nothing));

  constructor(private readonly data: Data, status: HTMLElement, sort: (column: number) => void) {
    this.status = status;
    data.subjects.forEach((subject, index) => this.ofSubject.set(subject.id, index));
    for (const element of this.table?.querySelectorAll<HTMLTableRowElement>('tr[data-subject]') ?? [])
      this.lines.push({ element, subject: this.ofSubject.get(element.dataset['subject'] ?? '') ?? -1 });
    // Tool, overall, then the metrics in the second line of the head.
    const head = this.table?.tHead;
    this.headers = head ? [...(head.rows[0]?.cells ?? [])].slice(0, 2).concat([...(head.rows[1]?.cells ?? [])]) : [];
    this.headers.forEach((header, column) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.append(...header.childNodes);
      header.append(button);
      button.addEventListener('click', () => sort(column));
    });
  }

  show(state: State): void {
    const filter = JSON.stringify(filterOf(state));
    if (filter !== this.filter) this.apply(state);
    this.filter = filter;
    this.sort(state);
  }

  private apply(state: State): void {
    const subjects = shownSubjects(this.data, state);
    for (const line of this.lines) line.element.hidden = !subjects.has(line.subject);
    this.hideColumns(state.workload);
    for (const body of this.table?.tBodies ?? [])
      body.hidden = [...body.rows].every((row) => row.hidden || row.classList.contains('group'));
    this.dim(state);
    this.showRows(state, subjects);
    for (const element of document.querySelectorAll<HTMLElement>('main [data-subject]')) {
      if (element.closest('#verdict-matrix')) continue;
      element.hidden = !subjects.has(this.ofSubject.get(element.dataset['subject'] ?? '') ?? -1);
    }
    const all = this.data.subjects.length;
    this.status.textContent =
      subjects.size === 0 ? t('filter.none') : subjects.size < all ? t('filter.shown', subjects.size, all) : '';
  }

  private hideColumns(workload: string): void {
    const head = this.table?.tHead;
    if (!head) return;
    const shown = this.headers.map((header, i) => i < 2 || !workload || header.dataset['workload'] === workload);
    this.headers.forEach((header, i) => (header.hidden = shown[i] === false));
    [...(head.rows[0]?.cells ?? [])].slice(2).forEach((cell) => {
      cell.hidden = workload !== '' && cell.textContent !== workload;
    });
    for (const { element } of this.lines) [...element.cells].forEach((cell, i) => (cell.hidden = shown[i] === false));
  }

  // Cells that the filter does not ask for stay, but step back.
  private dim(state: State): void {
    const wanted = state.verdict.toLowerCase();
    for (const { element } of this.lines)
      for (const cell of element.querySelectorAll('td.v')) cell.classList.toggle('dim', wanted !== '' && !cell.classList.contains(wanted));
  }

  private showRows(state: State, subjects: ReadonlySet<number>): void {
    for (const row of this.data.rows) {
      const element = document.getElementById(`r${row.index}`);
      if (element) element.hidden = !subjects.has(row.subject) || !rowFits(this.data, row, state);
    }
  }

  private sort(state: State): void {
    const wanted = `${state.sort ?? ''} ${state.descending}`;
    if (wanted === this.order || (this.order === '' && state.sort === null)) return;
    this.order = wanted;
    this.headers.forEach((header, i) => {
      if (i === state.sort) header.setAttribute('aria-sort', state.descending ? 'descending' : 'ascending');
      else header.removeAttribute('aria-sort');
    });
    for (const body of this.table?.tBodies ?? []) {
      const lines = this.lines.filter((line) => line.element.parentElement === body);
      const column = state.sort;
      const order =
        column === null
          ? lines.map((_, i) => i)
          : sortedOrder(lines.map((line) => keyOf(cellOf(line.element, column))), state.descending ? 'descending' : 'ascending');
      body.append(...order.map((i) => lines[i]?.element).filter((row): row is HTMLTableRowElement => row !== undefined));
    }
  }
}

// The cell, or in it the number alone: the verdict's word stands behind it for screen readers.
function cellOf(row: HTMLTableRowElement, column: number): Element | undefined {
  const cell = row.cells[column];
  const number = cell?.querySelector('a')?.firstChild;
  if (!number) return cell;
  const alone = document.createElement('span');
  alone.textContent = number.textContent;
  return alone;
}
