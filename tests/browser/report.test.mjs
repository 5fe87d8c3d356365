// Opens report.html in Chromium, as a reader does, and checks what is seen.
//   node --test report.test.mjs   with REPORT_DIR (report.html and result.json of one result), SCREENSHOT_DIR,
//   CHROMIUM (path of the browser)
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';

const reportDir = resolve(process.env.REPORT_DIR ?? '.');
const screenshots = process.env.SCREENSHOT_DIR;
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const page_ = `file://${join(reportDir, 'report.html')}`;

let context;
let profile;
let result;
let full; // one page with everything open, for the tests that only look

before(async () => {
  assert.ok(existsSync(executablePath), `no Chromium at ${executablePath}: install it, or set CHROMIUM`);
  result = JSON.parse(await readFile(join(reportDir, 'result.json'), 'utf8'));
  profile = await mkdtemp(join(tmpdir(), 'bpftax-browser-'));
  context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ],
  });
  context.setDefaultTimeout(120_000); // slow machines are no fault of the page
  full = await open({ openDetails: true });
});

after(async () => {
  await context?.close();
  if (profile) await rm(profile, { recursive: true, force: true, maxRetries: 5 });
});

function drawn(page) {
  return page.waitForFunction(() =>
    [...document.querySelectorAll('[data-chart]')]
      .filter((chart) => !chart.closest('details:not([open])'))
      .every((chart) => chart.dataset.state !== undefined),
  );
}

// The front end redraws a moment after the width or the theme has changed.
async function change(page, { width, colorScheme }) {
  if (colorScheme) await page.emulateMedia({ colorScheme });
  if (width) await page.setViewportSize({ width, height: 900 });
  await page.waitForTimeout(250);
  await drawn(page);
}

// An open page with what went wrong in it, everything drawn.
async function open({ colorScheme = 'light', openDetails = false } = {}) {
  const page = await context.newPage();
  const trouble = [];
  const requests = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) trouble.push(message.text());
  });
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    // Letters are embedded as data: URLs, which go nowhere.
    if (request.url() !== page_ && !request.url().startsWith('data:')) requests.push(request.url());
  });
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme });
  await page.goto(page_);
  if (openDetails) await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
  await drawn(page);
  return { page, trouble, requests };
}

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

test('the forest plots have one estimate for each comparison', async () => {
  const { page } = full;
  const marks = await page.locator('[data-chart^="forest-"] svg .estimate_marks path').count();
  const estimates = result.comparisons.filter((row) => row.overhead_percent !== null).length;
  assert.equal(marks, estimates);
});

test('the charts over time have one mark for each window', async () => {
  const { page } = await open();
  const marks = await page.locator('[data-chart="time-1"] svg .window_marks path').count();
  const { workload, metric } = result.comparisons.find((row) => row.primary);
  const windows = result.windows.filter((w) => w.workload === workload && w.valid && metric in w.metrics);
  assert.equal(marks, windows.length);
  const crosses = await page.locator('[data-chart^="time-"] svg .invalid_marks text').count();
  assert.ok(crosses > 0);
  await page.close();
});

test('the numbers in the table are those of result.json', async () => {
  const { page } = full;
  const rows = await page.locator('#verdict-table tbody tr[data-metric], #secondary-table tbody tr[data-metric]').evaluateAll(
    (elements) =>
      elements.map((row) => ({
        key: [row.dataset.subject, row.dataset.workload, row.dataset.metric].join(' '),
        values: [...row.cells].map((cell) => (cell.dataset.value === undefined ? null : Number(cell.dataset.value))),
        verdict: row.cells[8].textContent,
      })),
  );
  assert.equal(rows.length, result.comparisons.length);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  for (const c of result.comparisons) {
    const row = byKey.get(`${c.subject} ${c.workload} ${c.metric}`);
    assert.ok(row, `${c.subject} ${c.workload} ${c.metric} is missing`);
    assert.deepEqual(row.values.slice(3, 8), [
      c.baseline_mean, c.subject_mean, c.overhead_percent, c.ci_high, c.margin_percent,
    ]);
    assert.ok(row.verdict.endsWith(c.verdict));
  }
});

test('a table sorts by a click and by the keyboard', async () => {
  const { page } = full;
  const values = () =>
    page.locator('#verdict-table tbody tr td:nth-child(6)').evaluateAll((cells) =>
      cells.map((cell) => cell.dataset.value).filter((value) => value !== undefined).map(Number),
    );
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

test('the theme follows the system and the button overrules it', async () => {
  const { page } = await open({ colorScheme: 'dark' });
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
  const { page } = await open();
  const mark = page.locator('[data-chart="forest-1"] svg .estimate_marks path').first();
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
    const [content, room] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(content <= room, `${content} > ${room} at ${width}`);
  }
});

test('without scripts the tables say everything essential', async () => {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'],
  });
  try {
    const scriptless = await browser.newContext({ javaScriptEnabled: false });
    const page = await scriptless.newPage();
    await page.goto(page_);
    assert.ok(await page.locator('#verdict-matrix').isVisible());
    assert.ok(await page.locator('#programs').isVisible());
    assert.equal(await page.locator('figure:visible').count(), 0);
    assert.equal(await page.locator('#theme').isVisible(), false);
    await page.locator('#all-numbers summary').click();
    assert.ok(await page.locator('#verdict-table').isVisible());
  } finally {
    await browser.close();
  }
});

test('on paper everything is open', async () => {
  const { page } = await open();
  await page.pdf({ path: join(profile, 'report.pdf'), format: 'A4' });
  await page.evaluate(() => window.dispatchEvent(new Event('beforeprint')));
  assert.equal(await page.locator('details.more:not([open])').count(), 0);
  await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
  assert.ok((await page.locator('details.more:not([open])').count()) > 0);
  await page.close();
});

test('screenshots for the eye', { skip: screenshots ? false : 'SCREENSHOT_DIR is not set' }, async () => {
  await mkdir(screenshots, { recursive: true });
  const { page } = await open();
  for (const colorScheme of ['light', 'dark'])
    for (const width of [1280, 390]) {
      await change(page, { width, colorScheme });
      await page.screenshot({ path: join(screenshots, `report-${colorScheme}-${width}.png`), fullPage: true });
    }
  await page.close();
});
