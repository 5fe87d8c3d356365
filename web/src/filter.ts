// The form above the heat map.
import type { Data } from './data.js';
import type { State } from './state.js';
import { t } from './words.js';

function labelled(text: string, control: HTMLElement): HTMLLabelElement {
  const label = document.createElement('label');
  const name = document.createElement('span');
  name.textContent = text;
  label.append(name, control);
  return label;
}

function choice(name: string, options: readonly (readonly [value: string, text: string])[]): HTMLSelectElement {
  const select = document.createElement('select');
  select.name = name;
  for (const [value, text] of [['', t('filter.all')] as const, ...options]) {
    const option = document.createElement('option');
    option.value = value;
    option.textContent = text;
    select.append(option);
  }
  return select;
}

export class Filter {
  private readonly tool = document.createElement('input');
  private readonly workload: HTMLSelectElement;
  private readonly verdict: HTMLSelectElement;
  private readonly group: HTMLSelectElement;
  readonly status = document.createElement('output');

  constructor(data: Data, form: HTMLFormElement, private readonly changed: (change: Partial<State>) => void) {
    this.tool.type = 'search';
    this.tool.name = 'tool';
    this.tool.placeholder = t('filter.tool_hint');
    this.tool.autocomplete = 'off';
    const used = new Set(data.rows.map((row) => data.columns[row.column]?.workload));
    this.workload = choice('workload', data.workloads.flatMap((w, i) => (used.has(i) ? [[w.id, w.id] as const] : [])));
    this.verdict = choice('verdict', data.verdicts.map((v) => [v.code, v.word] as const));
    this.group = choice('group', data.groups.map((name, i) => [String(i), name] as const));
    const reset = document.createElement('button');
    reset.type = 'reset';
    reset.textContent = t('filter.reset');
    form.setAttribute('role', 'search');
    form.setAttribute('aria-label', t('filter.label'));
    form.append(labelled(t('filter.tool'), this.tool), labelled(t('filter.workload'), this.workload),
      labelled(t('filter.verdict'), this.verdict));
    if (data.groups.length > 1) form.append(labelled(t('filter.group'), this.group));
    form.append(reset, this.status);
    form.hidden = false;
    form.addEventListener('submit', (event) => event.preventDefault());
    form.addEventListener('input', () => this.report());
    form.addEventListener('reset', () => {
      this.changed({ tool: '', workload: '', verdict: '', group: null, sort: null });
    });
  }

  private report(): void {
    this.changed({
      tool: this.tool.value, workload: this.workload.value, verdict: this.verdict.value,
      group: this.group.value === '' ? null : Number(this.group.value),
    });
  }

  // The form as the state has it; what is being typed stays.
  show(state: State): void {
    if (document.activeElement !== this.tool) this.tool.value = state.tool;
    this.workload.value = state.workload;
    this.verdict.value = state.verdict;
    this.group.value = state.group === null ? '' : String(state.group);
  }
}
