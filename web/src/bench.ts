// The front end of bench.html. The page is complete without it; this adds charts, sorting and the theme button.
import { parseBenchData } from './bench_data.js';
import { Figures } from './figures.js';
import { legendList } from './legend.js';
import { announcer, onResize, setUpPrinting } from './page.js';
import { makeSortable } from './sort.js';
import { benchChart } from './spec_bench.js';
import { setUpTheme } from './theme.js';
import { setWords } from './words.js';

function start(): void {
  document.documentElement.classList.add('scripted');
  const data = parseBenchData(document.getElementById('data')?.textContent ?? '{}');
  setWords(data.words);
  const announce = announcer();
  for (const table of document.querySelectorAll<HTMLTableElement>('table[data-sortable]')) makeSortable(table, announce);
  const legend = (series: readonly number[]): HTMLElement =>
    legendList(series.map((at) => data.series[at] ?? { name: '', place: 1 }));
  const figures = new Figures(legend);
  const button = document.getElementById('theme');
  if (button instanceof HTMLButtonElement) setUpTheme(button, () => figures.redraw());
  onResize(() => figures.redraw());
  setUpPrinting();
  void document.fonts.ready.then(() => {
    for (const box of document.querySelectorAll<HTMLElement>('[data-figures]')) {
      const charts = data.charts.filter((chart) => chart.box === box.dataset['figures']).map((chart) => benchChart(data, chart));
      // One legend for all, where all have the same marks.
      const first = charts[0]?.series;
      const shared = first !== undefined && charts.length > 1 && charts.every((chart) => chart.series?.join() === first.join());
      if (shared) box.before(legend(first));
      box.append(...charts.map((chart) => figures.figure(chart, !shared)));
    }
    performance.mark('bpftax-ready');
    figures.drawInIdleTime();
  });
}

start();
