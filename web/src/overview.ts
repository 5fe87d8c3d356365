// Fills the page's boxes for figures (data-figures, data-group), those in a closed <details> when it is opened.
import type { Data } from './data.js';
import type { Chart } from './spec.js';
import type { Figures } from './figures.js';
import { legendOf } from './legend.js';
import { attributionOfGroup, cpuOfGroup, percentilesOfGroup } from './spec_cost.js';
import { domainOfGroup, forestOfColumn, forestOfSubject, isBent } from './spec_forest.js';
import { resourcesOfGroup, timeOfColumn } from './spec_time.js';
import { t } from './words.js';

function defined(charts: readonly (Chart | undefined)[]): Chart[] {
  return charts.filter((chart): chart is Chart => chart !== undefined);
}

function primaryColumns(data: Data): number[] {
  return data.columns.flatMap((column, index) => (column.primary ? [index] : []));
}

function chartsOf(data: Data, kind: string, group: number): Chart[] {
  const columns = primaryColumns(data);
  switch (kind) {
    case 'forest': {
      // One tool alone: one plot of its metrics instead of many with one line each.
      const subjects = new Set(data.rows.map((row) => row.subject).filter((s) => data.subjects[s]?.group === group));
      const only = subjects.size === 1 ? [...subjects][0] : undefined;
      if (only !== undefined) return defined([forestOfSubject(data, only, true)]);
      const domain = domainOfGroup(data, group);
      return defined(columns.map((column) => forestOfColumn(data, group, column, undefined, domain)));
    }
    case 'time':
      return defined(columns.map((column) => timeOfColumn(data, group, column)));
    case 'percentiles':
      return percentilesOfGroup(data, group);
    case 'resources':
      return resourcesOfGroup(data, group);
    case 'cost':
      return defined([cpuOfGroup(data, group), attributionOfGroup(data, group)]);
    default:
      return [];
  }
}

function paragraph(text: string): HTMLElement {
  const made = document.createElement('p');
  made.textContent = text;
  return made;
}

function fill(data: Data, figures: Figures, box: HTMLElement): void {
  if (box.dataset['filled']) return;
  box.dataset['filled'] = 'yes';
  const group = Number(box.dataset['group'] ?? 0);
  const charts = chartsOf(data, box.dataset['figures'] ?? '', group);
  // One legend for all, where all have the same marks.
  const series = charts.map((chart) => (chart.series ?? []).join());
  const shared = series.length > 1 && series[0] !== '' && series.every((one) => one === series[0]);
  if (shared && charts[0]?.series) box.before(legendOf(data, charts[0].series));
  if (box.dataset['figures'] === 'forest' && charts.length > 1) {
    const domain = domainOfGroup(data, group);
    if (domain && isBent(domain)) box.before(paragraph(t('chart.bent')));
  }
  box.append(...charts.map((chart) => figures.figure(chart, !shared)));
}

export function setUpOverview(data: Data, figures: Figures): void {
  for (const box of document.querySelectorAll<HTMLElement>('[data-figures]')) {
    const details = box.closest('details');
    if (!details || details.open) fill(data, figures, box);
    details?.addEventListener('toggle', () => {
      if (details.open) fill(data, figures, box);
    });
  }
}
