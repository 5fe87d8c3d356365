// Opens report.html in Chromium, as a reader does, and checks what is seen.
//   node --test report.test.mjs   with REPORT_DIR (what report_sample writes), SCREENSHOT_DIR, CHROMIUM (path of the
//   browser)
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { change, chromiumArguments, drawn, executablePath, fileUrl, launch, open, overflow, reportDir } from './page.mjs';

const screenshots = process.env.SCREENSHOT_DIR;

let browser;
let result;
let full; // one page with everything open, for the tests that only look

before(async () => {
  result = JSON.parse(await readFile(join(reportDir, 'result.json'), 'utf8'));
  browser = await launch();
  full = await open(browser.context, 'report.html', { openDetails: true });
});

after(async () => {
  await browser?.close();
});

const primary = () => result.comparisons.filter((row) => row.primary);

test('the page loads without errors, dialogs and requests', async () => {
  const { page, trouble, requests } = full;
  assert.deepEqual(trouble, []);
  assert.deepEqual(requests, []);
  assert.equal(await page.locator('h1').count(), 1);
});

test('every chart is drawn', async () => {
  const { page } = full;
  const charts = await page.locator('[data-chart]').evaluateAll((elements) =>
    elements.map((e) => ({
      id: e.dataset.chart,
      state: e.dataset.state,
      marks: e.querySelectorAll('svg .mark-symbol path, svg .mark-rect path').length,
      words: e.getAttribute('aria-label')?.length ?? 0,
    })),
  );
  assert.ok(charts.length > 10);
  for (const chart of charts) {
    assert.equal(chart.state, 'drawn', chart.id);
    assert.ok(chart.marks > 0, `${chart.id} has no marks`);
    assert.ok(chart.words > 20, `${chart.id} says nothing to a screen reader`);
  }
});

test('the forest plots have one estimate for each primary comparison', async () => {
  const { page } = full;
  const marks = await page.locator('[data-chart^="forest-"] svg .estimate_marks path').count();
  assert.equal(marks, primary().filter((row) => row.overhead_percent !== null).length);
});

test('the charts over time have one mark for each window', async () => {
  const { page } = full;
  const chart = page.locator('[data-chart^="time-"]').first();
  const { workload, metric } = primary()[0];
  const windows = result.windows.filter((w) => w.workload === workload && w.valid && metric in w.metrics);
  assert.equal(await chart.locator('svg .window_marks path').count(), windows.length);
  assert.ok((await page.locator('[data-chart^="time-"] svg .invalid_marks text').count()) > 0);
});

test('a table sorts by a click and by the keyboard', async () => {
  const { page } = full;
  const values = () =>
    page.locator('#verdict-table tbody tr td:nth-child(6)').evaluateAll((cells) => cells.map((cell) => Number(cell.textContent)));
  const header = page.locator('#verdict-table thead th:nth-child(6)');
  await header.locator('button').click();
  assert.equal(await header.getAttribute('aria-sort'), 'ascending');
  const ascending = await values();
  assert.deepEqual(ascending, [...ascending].sort((a, b) => a - b));
  await header.locator('button').focus();
  await page.keyboard.press('Enter');
  assert.equal(await header.getAttribute('aria-sort'), 'descending');
  assert.deepEqual(await values(), [...ascending].reverse());
});

test('the heat map sorts, and the address remembers it', async () => {
  const { page } = await open(browser.context, 'report.html', { draw: false });
  const header = page.locator('#verdict-matrix thead tr:nth-child(2) th').nth(2);
  await header.locator('button').click();
  assert.equal(await header.getAttribute('aria-sort'), 'descending');
  const cells = await page
    .locator('#verdict-matrix tbody tr')
    .evaluateAll((rows) => rows.map((row) => row.cells[4]?.querySelector('a')?.firstChild.textContent).filter(Boolean).map(Number));
  assert.deepEqual(cells, [...cells].sort((a, b) => b - a));
  assert.match(page.url(), /#sort=4&order=descending$/);
  await page.close();
});

test('a filter leaves what fits, everywhere, and the address brings it back', async () => {
  const { page } = await open(browser.context, 'parts/report.html', { draw: false });
  const shown = () => page.locator('#verdict-matrix tbody tr[data-subject]:visible').count();
  assert.equal(await shown(), 45);
  await page.locator('#filter [name=group]').selectOption('2');
  assert.equal(await shown(), 5);
  await page.locator('#filter [name=group]').selectOption('');
  await page.locator('#filter [name=tool]').fill('eth_drop');
  const named = await shown();
  assert.ok(named > 0 && named < 45);
  await page.locator('#filter [name=verdict]').selectOption('EXCEEDS');
  const both = await shown();
  assert.ok(both > 0 && both < named);
  await page.locator('#filter [name=workload]').selectOption('udp_pps');
  assert.equal(await page.locator('#verdict-matrix thead th[data-metric]:visible').count(), 3);
  assert.match(await page.locator('#filter output').textContent(), /of 45 tools/);
  await page.locator('#all-numbers summary').click();
  const rows = await page.locator('#verdict-table tbody tr:visible').evaluateAll((all) => all.map((row) => row.textContent));
  assert.ok(rows.length > 0 && rows.every((row) => /eth_drop/.test(row) && /EXCEEDS/.test(row) && /udp_pps/.test(row)));
  const again = await open(browser.context, 'parts/report.html', { hash: new URL(page.url()).hash, draw: false });
  assert.equal(await again.page.locator('#verdict-matrix tbody tr[data-subject]:visible').count(), await shown());
  assert.equal(await again.page.locator('#filter [name=tool]').inputValue(), 'eth_drop');
  await again.page.close();
  await page.locator('#filter button').click();
  assert.equal(await shown(), 45);
  await page.close();
});

test('a cell opens into the numbers and charts of its row', async () => {
  const { page, trouble } = await open(browser.context, 'report.html', { draw: false });
  const index = result.comparisons.findIndex((row) => row.subject === 't3' && row.metric === 'latency_mean_us');
  const cell = page.locator(`#verdict-matrix a[href="#r${index}"]`);
  await cell.focus();
  await page.keyboard.press('Enter');
  const dialog = page.locator('dialog.detail');
  await dialog.waitFor({ state: 'visible' });
  await drawn(page);
  assert.match(page.url(), new RegExp(`#row=${index}$`));
  assert.match(await dialog.locator('h2').textContent(), /packet-trace.*mean latency/);
  for (const chart of ['forest', 'time', 'percentiles', 'resource-cpu', 'attribution-of', 'forest-of'])
    assert.ok((await dialog.locator(`[data-chart^="detail-${chart}"][data-state="drawn"]`).count()) > 0, chart);
  const facts = await dialog.locator('.facts').textContent();
  assert.match(facts, /EXCEEDS/);
  assert.match(facts, /lies above the margin/);
  await dialog.getByRole('button', { name: 'Next metric' }).click();
  assert.doesNotMatch(page.url(), new RegExp(`#row=${index}$`));
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  assert.equal(new URL(page.url()).hash, '');
  assert.deepEqual(trouble, []);
  await page.close();
});

test('a link opens its row, also the one that works without scripts', async () => {
  for (const hash of ['#row=7', '#r7']) {
    const { page } = await open(browser.context, 'report.html', { hash, draw: false });
    await page.locator('dialog.detail').waitFor({ state: 'visible' });
    assert.equal(new URL(page.url()).hash, '#row=7');
    const { baseline_mean: baseline } = result.comparisons[7];
    assert.ok((await page.locator('dialog .facts dd').first().textContent()).startsWith(String(Math.floor(baseline))));
    await page.close();
  }
});

test('a link that says nonsense opens the page as it is', async () => {
  const { page, trouble } = await open(browser.context, 'report.html', { hash: '#row=99999&verdict=%3Cscript%3E&group=77&sort=500', draw: false });
  assert.equal(await page.locator('dialog[open]').count(), 0);
  assert.deepEqual(trouble, []);
  await page.close();
});

test('the theme follows the system and the button overrules it', async () => {
  const { page } = await open(browser.context, 'report.html', { colorScheme: 'dark', draw: false });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  const button = page.locator('#theme');
  await button.click();
  assert.match(await button.textContent(), /light/);
  assert.notEqual(await background(), dark);
  await button.click();
  assert.match(await button.textContent(), /dark/);
  assert.equal(await background(), dark);
  await button.click();
  await page.close();
});

test('a mark says what it is when pointed at', async () => {
  const { page } = await open(browser.context, 'report.html');
  const mark = page.locator('[data-chart^="forest-"] svg .estimate_marks path').first();
  await mark.scrollIntoViewIfNeeded();
  await mark.hover();
  await page.waitForSelector('.tooltip:not([hidden])');
  assert.match(await page.locator('.tooltip').textContent(), /%.*(PASS|OVERHEAD|EXCEEDS|INCONCLUSIVE)/);
  await page.close();
});

test('nothing is wider than the window, from a phone to a desk', async () => {
  const { page } = full;
  for (const width of [390, 768, 1280]) {
    await change(page, { width });
    assert.ok((await overflow(page)) <= 0, `the page is ${await overflow(page)} too wide at ${width}`);
  }
  const { page: parts } = await open(browser.context, 'parts/report.html', { hash: '#row=3', draw: false });
  for (const width of [390, 1280]) {
    await parts.setViewportSize({ width, height: 900 });
    assert.ok((await overflow(parts)) <= 0, `the campaign is too wide at ${width}`);
    const inside = await parts.locator('dialog').evaluate((d) => d.scrollWidth - d.clientWidth);
    assert.ok(inside <= 0, `the details are ${inside} too wide at ${width}`);
  }
  await parts.close();
});

test('tables and figures can be understood without seeing them', async () => {
  const { page } = full;
  const unnamed = await page.evaluate(() => ({
    headers: [...document.querySelectorAll('th')].filter((th) => !th.scope).length,
    captions: [...document.querySelectorAll('table')].filter((table) => !table.caption?.textContent).length,
    regions: [...document.querySelectorAll('.scroll')].filter((box) => box.tabIndex !== 0 || !(box.hasAttribute('aria-labelledby') || box.hasAttribute('aria-label'))).length,
    labels: [...document.querySelectorAll('input, select')].filter((control) => !control.labels?.length).length,
    buttons: [...document.querySelectorAll('button')].filter((button) => !button.textContent.trim()).length,
    landmarks: document.querySelectorAll('header, nav[aria-label], main, footer').length,
  }));
  assert.deepEqual(unnamed, { headers: 0, captions: 0, regions: 0, labels: 0, buttons: 0, landmarks: 4 });
});

test('the Chinese page says it in Chinese', async () => {
  const { page, trouble } = await open(browser.context, 'report-zh.html', { hash: '#row=3', openDetails: true });
  assert.equal(await page.locator('html').getAttribute('lang'), 'zh');
  assert.deepEqual(trouble, []);
  // Text of the page that is not marked as English: names, identifiers and code apart, no English words in a row.
  const english = await page.evaluate(() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest('script, style, pre, code, [lang=en], .host dd, svg, h3, .legend')) continue;
      if (/[a-z]{3,} [a-z]{3,} [a-z]{3,}/.test(node.textContent)) found.push(node.textContent.trim());
    }
    return found;
  });
  assert.deepEqual(english, []);
  await page.locator('dialog').getByRole('button', { name: '关闭' }).click();
  await page.close();
});

test('without scripts the tables say everything essential', async () => {
  const plain = await chromium.launch({ executablePath, args: chromiumArguments });
  try {
    const scriptless = await plain.newContext({ javaScriptEnabled: false });
    const page = await scriptless.newPage();
    await page.goto(fileUrl('report.html'));
    assert.ok(await page.locator('#verdict-matrix').isVisible());
    assert.ok(await page.locator('#programs').isVisible());
    assert.equal(await page.locator('figure:visible').count(), 0);
    assert.equal(await page.locator('#theme').isVisible(), false);
    assert.equal(await page.locator('#filter').isVisible(), false);
    await page.locator('#verdict-matrix a').first().click();
    assert.ok(await page.locator('#r0').isVisible(), 'the link opens the table with its row');
  } finally {
    await plain.close();
  }
});

test('on paper everything is open', async () => {
  const { page } = await open(browser.context, 'report.html', { draw: false });
  await page.pdf({ path: join(browser.profile, 'report.pdf'), format: 'A4' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.locator('details.more:not([open]):not([data-large])').count(), 0);
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  assert.ok((await page.locator('details.more:not([open])').count()) > 0);
  await page.close();
});

test('screenshots for the eye', { skip: screenshots ? false : 'SCREENSHOT_DIR is not set' }, async () => {
  await mkdir(screenshots, { recursive: true });
  for (const [name, file] of [['report', 'report.html'], ['parts', 'parts/report.html']]) {
    const { page } = await open(browser.context, file, { draw: false });
    for (const colorScheme of ['light', 'dark'])
      for (const width of [1280, 390]) {
        await change(page, { width, colorScheme });
        await page.screenshot({ path: join(screenshots, `${name}-${colorScheme}-${width}.png`), fullPage: name === 'report' });
      }
    await page.close();
  }
});
