// Which mark is whose, as text beside the charts.
import { subjectName, type Data } from './data.js';
import { placeOf, seriesMark } from './spec.js';
import { t } from './words.js';

// `place` decides colour and shape (seriesMark).
export function legendList(entries: readonly { name: string; place: number }[]): HTMLElement {
  const list = document.createElement('ul');
  list.className = 'legend';
  list.setAttribute('aria-label', t('chart.legend'));
  for (const { name, place } of entries) {
    const mark = seriesMark(place);
    const item = document.createElement('li');
    const glyph = document.createElement('span');
    glyph.className = `glyph ${mark.color}`;
    glyph.setAttribute('aria-hidden', 'true');
    glyph.textContent = mark.glyph;
    item.append(glyph, name);
    list.append(item);
  }
  return list;
}

// Of subjects of a report; -1 is the baseline.
export function legendOf(data: Data, series: readonly number[]): HTMLElement {
  return legendList(series.map((subject) => ({ name: subjectName(data, subject), place: placeOf(data, subject) })));
}
