// Every window as a table, written when it is asked for: it may have many thousand lines.
import { subjectName, type Data } from './data.js';
import { valueText } from './format.js';
import { t } from './words.js';

function cell(tag: 'th' | 'td', text: string): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  return made;
}

export function setUpWindowsTable(data: Data): void {
  const box = document.getElementById('windows');
  const details = box?.closest('details');
  if (!box || !details) return;
  details.addEventListener('toggle', () => {
    if (!details.open || box.childElementCount > 0) return;
    const table = document.createElement('table');
    const head = table.createTHead().insertRow();
    const groups = data.groups.length > 1;
    for (const title of [
      t('filter.workload'), t('windows.block'), t('windows.arm'), t('windows.minute'), t('windows.values'),
      ...(groups ? [t('filter.group')] : []),
    ]) {
      const header = cell('th', title);
      header.setAttribute('scope', 'col');
      head.append(header);
    }
    const body = table.createTBody();
    for (const window of data.windows) {
      const values = [...window.metrics].map(
        ([column, value]) => `${data.columns[column]?.label ?? ''} ${valueText(value, data.columns[column]?.unit ?? '')}`,
      );
      const name = cell('th', data.workloads[window.workload]?.id ?? '');
      name.setAttribute('scope', 'row');
      const arm = window.subject < 0 ? ` (${window.second ? 'A2' : 'A1'})` : '';
      body.insertRow().append(
        name,
        cell('td', window.block === 0 ? `0 (${t('chart.warmup')})` : String(window.block)),
        cell('td', subjectName(data, window.subject) + arm),
        cell('td', window.start === null ? '?' : (window.start / 60).toFixed(2)),
        cell('td', window.valid ? values.join(', ') : t('chart.invalid', window.reason || t('chart.no_value'))),
        ...(groups ? [cell('td', data.groups[window.group] ?? '')] : []),
      );
    }
    table.createCaption().textContent = t('windows.caption');
    box.className = 'scroll tall';
    box.tabIndex = 0;
    box.setAttribute('role', 'region');
    box.setAttribute('aria-label', t('windows.caption'));
    box.append(table);
  });
}
