// The front end of report.html. The page is complete without it; this adds charts, filter, sorting, the details of a
// row and the theme button. What the reader has chosen stands in the address (state.ts).
import { parseData } from './data.js';
import { Detail } from './detail.js';
import { Figures } from './figures.js';
import { Filter } from './filter.js';
import { legendOf } from './legend.js';
import { Matrix } from './matrix.js';
import { setUpOverview } from './overview.js';
import { announcer, onResize, setUpPrinting } from './page.js';
import { makeSortable } from './sort.js';
import { formatState, nothing, parseState, type State } from './state.js';
import { setUpTheme } from './theme.js';
import { setUpWindowsTable } from './windows_table.js';
import { setWords } from './words.js';

function start(): void {
  document.documentElement.classList.add('scripted');
  const data = parseData(document.getElementById('data')?.textContent ?? '{}');
  setWords(data.words);
  const announce = announcer();
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) makeSortable(table, announce);
  const figures = new Figures((series) => legendOf(data, series));

  let state: State = { ...nothing };
  const form = document.getElementById('filter');
  const change = (part: Partial<State>): void => apply({ ...state, ...part }, true);
  const filter = form instanceof HTMLFormElement ? new Filter(data, form, change) : undefined;
  const matrix = new Matrix(data, filter?.status ?? document.createElement('output'), (column) =>
    change({ sort: column, descending: state.sort === column ? !state.descending : column !== 0 }),
  );
  const detail = new Detail(data, figures, (row) => change({ row }));

  function apply(next: State, write: boolean): void {
    const filtered = JSON.stringify({ ...next, row: null }) !== JSON.stringify({ ...state, row: null });
    state = next;
    // Replaced, not added: Back leaves the page, and does not go through each letter of a filter.
    if (write) history.replaceState(null, '', formatState(state) || location.pathname + location.search);
    filter?.show(state);
    if (filtered) matrix.show(state);
    detail.show(state.row);
  }
  const fromAddress = (): void => {
    const next = parseState(location.hash);
    if (next) apply(next, next.row !== null); // "#r12" becomes the address of the opened row
  };
  window.addEventListener('hashchange', fromAddress);
  document.getElementById('verdict-matrix')?.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const row = link ? parseState(link.hash)?.row : null;
    if (row === null || row === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    change({ row });
  });

  const button = document.getElementById('theme');
  if (button instanceof HTMLButtonElement) setUpTheme(button, () => figures.redraw());
  onResize(() => figures.redraw());
  setUpPrinting();
  setUpWindowsTable(data);
  void document.fonts.ready.then(() => {
    setUpOverview(data, figures);
    fromAddress();
    performance.mark('bpftax-ready');
    if (data.rows.length < 400) figures.drawInIdleTime();
  });
}

start();
