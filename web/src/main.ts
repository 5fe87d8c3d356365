// The front end of report.html. The page is complete without it; this adds charts, sorting and the theme button.
import { chartsOf, Figures } from './charts.js';
import { makeSortable } from './sort.js';
import { setUpTheme } from './theme.js';

function announcer(): (text: string) => void {
  const region = document.createElement('div');
  region.className = 'visually-hidden';
  region.setAttribute('role', 'status');
  document.body.append(region);
  return (text) => {
    region.textContent = text;
  };
}

// Redraws when widths change, a moment after the last change.
function onResize(action: () => void): void {
  let width = document.documentElement.clientWidth;
  let timer = 0;
  window.addEventListener('resize', () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      if (document.documentElement.clientWidth === width) return; // a phone's address bar, not a new width
      width = document.documentElement.clientWidth;
      action();
    }, 150);
  });
}

// On paper everything is open; afterwards it is as it was.
function setUpPrinting(): void {
  let opened: HTMLDetailsElement[] = [];
  window.addEventListener('beforeprint', () => {
    opened = [...document.querySelectorAll<HTMLDetailsElement>('details.more:not([open])')];
    for (const details of opened) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of opened) details.open = false;
  });
}

function start(): void {
  document.documentElement.classList.add('scripted');
  const announce = announcer();
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) makeSortable(table, announce);
  const island = document.getElementById('charts')?.textContent ?? '{}';
  const figures = new Figures(chartsOf(island), (id, error) => console.error(`chart ${id}:`, error));
  const draw = (root?: ParentNode): void => void figures.drawAll(root);
  const button = document.getElementById('theme');
  if (button instanceof HTMLButtonElement) setUpTheme(button, draw);
  for (const details of document.querySelectorAll('details'))
    details.addEventListener('toggle', () => {
      if (details.open) draw(details);
    });
  onResize(draw);
  setUpPrinting();
  void document.fonts.ready.then(() => draw());
}

start();
