// The numbers of result.json, comparisons.csv, report.md and report.html agree: every comparison, at the precision that
// is printed.
//   node --test agreement.test.mjs   with REPORT_DIR (what report_sample writes) and ANALYSIS_DIR (what
//   `bpftax analyze` makes of REPORT_DIR, and in parts/ of REPORT_DIR/parts)
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, open, reportDir } from './page.mjs';

const analysisDir = resolve(process.env.ANALYSIS_DIR ?? '.');

let browser;
before(async () => {
  browser = await launch();
});
after(async () => {
  await browser?.close();
});

// As src/report/text.cpp prints a percentage, worked out anew here.
function printed(value) {
  if (value === null) return '?';
  const size = Math.abs(value);
  const digits = size < 0.995 ? 2 : size < 99.5 ? 1 : 0;
  // Halves are rounded as printf does it: from the exact binary value.
  const text = value.toFixed(digits);
  if (!/[1-9]/.test(text)) return '0.00';
  return value > 0 ? `+${text}` : text;
}
const interval = (row) => (row.ci_low === null || row.ci_high === null ? '?' : `${printed(row.ci_low)} to ${printed(row.ci_high)}`);
const verdicts = { 通过: 'PASS', 有开销: 'OVERHEAD', 超限: 'EXCEEDS', 未定: 'INCONCLUSIVE', 饱和: 'SATURATED', 无效: 'INVALID' };

async function rowsOfPage(name) {
  const { page } = await open(browser.context, name, { draw: false });
  const rows = await page.evaluate(() =>
    [...document.querySelectorAll('#verdict-table tbody tr')].map((row) => ({
      index: Number(row.id.slice(1)),
      overhead: row.cells[5].textContent,
      interval: row.cells[6].textContent,
      verdict: row.cells[8].lastElementChild.lastChild.textContent,
      blocks: row.cells[9].textContent,
      cell: document.querySelector(`#verdict-matrix a[href="#${row.id}"]`)?.firstChild.textContent ?? null,
    })),
  );
  await page.close();
  return rows;
}

// Rows of the first table of each part of the Markdown: tool, workload, metric, baseline, with tool, overhead,
// interval, margin, verdict.
function rowsOfMarkdown(text) {
  return text
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.slice(2, -2).split(/ \| /))
    .filter((cells) => cells.length === 9 && / %$/.test(cells[5]));
}

// Fields may be quoted, and quoted ones hold commas, quotes and line ends.
function rowsOfCsv(text) {
  const rows = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1).push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === '\n') rows.push([]);
    if (end === '') break;
  }
  const [head, ...body] = rows.filter((row) => row.length > 1);
  return body.map((row) => Object.fromEntries(row.map((field, i) => [head[i], field])));
}

for (const folder of ['', 'parts/'])
  test(`${folder}comparisons.csv and result.json say the same`, async () => {
    const result = JSON.parse(await readFile(join(reportDir, `${folder}result.json`), 'utf8'));
    const rows = rowsOfCsv(await readFile(join(analysisDir, `${folder}comparisons.csv`), 'utf8'));
    assert.equal(rows.length, result.comparisons.length);
    result.comparisons.forEach((c, i) => {
      for (const name of ['overhead_percent', 'ci_low', 'ci_high', 'baseline_mean', 'subject_mean', 'margin_percent', 'p_adjusted', 'blocks'])
        assert.equal(rows[i][name] === '' ? null : Number(rows[i][name]), c[name], `row ${i} ${name}`);
      for (const name of ['subject', 'workload', 'metric', 'verdict', 'part']) assert.equal(rows[i][name], c[name], `row ${i} ${name}`);
    });
  });

for (const folder of ['', 'parts/'])
  for (const lang of ['', '-zh'])
    test(`${folder}report${lang}: page, Markdown and result.json say the same`, async () => {
      const result = JSON.parse(await readFile(join(reportDir, `${folder}result.json`), 'utf8'));
      const to = lang === '' ? ' to ' : ' 至 ';
      const rows = await rowsOfPage(`${folder}report${lang}.html`);
      assert.equal(rows.length, result.comparisons.length);
      for (const row of rows) {
        const c = result.comparisons[row.index];
        assert.equal(row.overhead, printed(c.overhead_percent), `row ${row.index}`);
        assert.equal(row.interval, interval(c).replace(' to ', to), `row ${row.index}`);
        assert.equal(verdicts[row.verdict] ?? row.verdict, c.verdict, `row ${row.index}`);
        assert.equal(row.blocks, String(c.blocks), `row ${row.index}`);
        assert.equal(row.cell, c.primary ? printed(c.overhead_percent) : null, `row ${row.index}`);
      }
      const markdown = rowsOfMarkdown(await readFile(join(reportDir, `${folder}report${lang}.md`), 'utf8'));
      const order = result.subjects.map((subject) => subject.id);
      const primary = result.comparisons
        .filter((c) => c.primary)
        .sort((a, b) => order.indexOf(a.subject) - order.indexOf(b.subject));
      assert.equal(markdown.length, primary.length);
      primary.forEach((c, i) => {
        const [, workload, , , , overhead, range, , verdict] = markdown[i];
        assert.equal(workload.replaceAll('\\', ''), c.workload);
        assert.equal(overhead, `${printed(c.overhead_percent)} %`);
        assert.equal(range, `${interval(c).replace(' to ', to)} %`);
        assert.equal(verdicts[verdict] ?? verdict, c.verdict);
      });
    });
