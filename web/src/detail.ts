// One row of the result in full: its numbers, the reason of its verdict, and its charts. A dialog over the page.
import { columnTitle, subjectName, type Data, type Row } from './data.js';
import type { Figures } from './figures.js';
import { count, plain } from './format.js';
import type { Chart } from './spec.js';
import { attributionOfSubject, percentilesOfSubject } from './spec_cost.js';
import { forestOfColumn, forestOfSubject } from './spec_forest.js';
import { resourcesOfSubject, timeOfSubject } from './spec_time.js';
import { t } from './words.js';

function element<K extends keyof HTMLElementTagNameMap>(tag: K, text = '', klass = ''): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  if (text) made.textContent = text;
  if (klass) made.className = klass;
  return made;
}

function button(text: string, action: () => void): HTMLButtonElement {
  const made = element('button', text);
  made.type = 'button';
  made.addEventListener('click', action);
  return made;
}

export class Detail {
  private readonly dialog = element('dialog', '', 'detail');
  private readonly title = element('h2');
  private readonly body = element('div', '', 'detail-body');
  private readonly said = element('output', '', 'small');
  private shown: Row | undefined;

  constructor(
    private readonly data: Data,
    private readonly figures: Figures,
    private readonly go: (row: number | null) => void,
  ) {
    this.title.id = 'detail-title';
    this.title.tabIndex = -1;
    this.dialog.setAttribute('aria-labelledby', this.title.id);
    const tools = element('div', '', 'detail-tools');
    tools.append(
      button('\u2190 ' + t('detail.previous'), () => this.step(-1)),
      button(t('detail.next') + ' \u2192', () => this.step(1)),
      button(t('detail.link'), () => void this.copyLink()),
      this.said,
      button(t('detail.close'), () => this.dialog.close()),
    );
    const head = element('div', '', 'detail-head');
    head.append(tools, this.title);
    this.dialog.append(head, this.body);
    this.dialog.addEventListener('close', () => {
      const row = this.shown;
      this.clear();
      this.go(null);
      // Back to where the reader was.
      if (row) document.querySelector<HTMLElement>(`#verdict-matrix a[href="#r${row.index}"]`)?.focus({ preventScroll: true });
    });
    this.dialog.addEventListener('click', (event) => {
      if (event.target === this.dialog) this.dialog.close(); // beside the dialog
    });
    document.body.append(this.dialog);
  }

  show(index: number | null): void {
    const row = index === null ? undefined : this.data.rows[index];
    if (row === this.shown) return;
    this.clear();
    if (!row) {
      if (this.dialog.open) this.dialog.close();
      return;
    }
    this.shown = row;
    this.title.textContent = `${subjectName(this.data, row.subject)} \u00b7 ${columnTitle(this.data, row.column)}`;
    this.fill(row);
    if (!this.dialog.open) this.dialog.showModal();
    this.dialog.scrollTop = 0;
    this.title.focus({ preventScroll: true });
  }

  private clear(): void {
    this.shown = undefined;
    this.said.textContent = '';
    this.figures.release(this.body);
    this.body.replaceChildren();
  }

  private step(by: number): void {
    const row = this.shown;
    if (!row) return;
    const rows = this.data.rows.filter((other) => other.subject === row.subject && other.primary === row.primary);
    const next = rows[(rows.indexOf(row) + by + rows.length) % rows.length];
    if (next) this.go(next.index);
  }

  private async copyLink(): Promise<void> {
    try {
      await navigator.clipboard.writeText(location.href);
      this.said.textContent = t('detail.copied');
    } catch {
      this.said.textContent = t('detail.not_copied'); // a page opened from a file may not write there
    }
  }

  // The numbers are those of the table below, so that they cannot differ from it.
  private facts(row: Row): HTMLElement {
    const list = element('dl', '', 'facts');
    const line = document.getElementById(`r${row.index}`);
    const headers = [...(line?.closest('table')?.tHead?.rows[0]?.cells ?? [])];
    if (line instanceof HTMLTableRowElement)
      [...line.cells].forEach((cell, i) => {
        if (i < 3 || cell.textContent === '') return;
        const pair = element('div', '', i === 12 ? 'wide' : '');
        const value = element('dd');
        value.append(...[...cell.childNodes].map((node) => node.cloneNode(true)));
        pair.append(element('dt', headers[i]?.textContent?.trim() ?? ''), value);
        list.append(pair);
      });
    return list;
  }

  private section(title: string, ...charts: (Chart | undefined)[]): void {
    const drawn = charts.filter((chart): chart is Chart => chart !== undefined);
    if (drawn.length === 0) return;
    const box = element('div', '', 'figures');
    // Ids of charts are those of the page; here they stand a second time.
    box.append(...drawn.map((chart) => this.figures.figure({ ...chart, id: `detail-${chart.id}` }, true)));
    this.body.append(element('h3', title), box);
  }

  private programs(row: Row): void {
    const workload = this.data.columns[row.column]?.workload ?? -1;
    const programs = this.data.programs.filter((program) => program.subject === row.subject);
    const list = element('ul');
    for (const program of programs) {
      const by = program.workloads.find((w) => w.workload === workload);
      if (!by) continue;
      const item = element('li');
      item.append(element('code', program.name), ` ${program.hook}: `);
      const unit = this.data.workloads[workload]?.unit ?? '';
      item.append(`${count(by.runs ?? 0)}/s \u00b7 ${plain(by.ns)} ns \u00b7 ${plain(by.perUnit)}/${unit}`);
      list.append(item);
    }
    if (list.childElementCount > 0) this.body.append(element('h3', t('detail.programs')), list);
  }

  private fill(row: Row): void {
    const { data } = this;
    const group = data.subjects[row.subject]?.group ?? 0;
    const workload = data.columns[row.column]?.workload ?? -1;
    this.body.append(this.facts(row));
    this.section(t('detail.same_metric'), forestOfColumn(data, group, row.column, row));
    this.section(t('detail.time'), timeOfSubject(data, row.subject, row.column));
    this.section(t('detail.percentiles'), percentilesOfSubject(data, row.subject, workload));
    this.section(t('detail.resources'), ...resourcesOfSubject(data, row.subject));
    this.section(t('detail.cost'), attributionOfSubject(data, row.subject));
    this.programs(row);
    this.section(t('detail.same_tool'), forestOfSubject(data, row.subject, row.primary, row));
  }
}
