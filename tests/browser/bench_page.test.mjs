// Opens bench.html in Chromium, as a reader does, and checks what is seen.
//   node --test bench_page.test.mjs   with REPORT_DIR (what bench_page_sample writes), SCREENSHOT_DIR, CHROMIUM
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { change, launch, open, overflow } from './page.mjs';

const screenshots = process.env.SCREENSHOT_DIR;

let browser;
let full;

before(async () => {
  browser = await launch();
  full = await open(browser.context, 'bench.html', { openDetails: true });
});

after(async () => {
  await browser?.close();
});

test('the page loads without errors, dialogs and requests, and draws every chart', async () => {
  const { page, trouble, requests } = full;
  assert.deepEqual(trouble, []);
  assert.deepEqual(requests, []);
  const charts = await page.locator('[data-chart]').evaluateAll((elements) =>
    elements.map((e) => ({
      id: e.dataset.chart,
      state: e.dataset.state,
      marks: e.querySelectorAll('svg .mean_marks path').length,
      words: e.getAttribute('aria-label')?.length ?? 0,
    })),
  );
  assert.ok(charts.length > 20);
  for (const chart of charts) {
    assert.equal(chart.state, 'drawn', chart.id);
    assert.ok(chart.marks > 0, `${chart.id} has no marks`);
    assert.ok(chart.words > 20, `${chart.id} says nothing to a screen reader`);
  }
});

test('time by operation has one mark for each type and operation', async () => {
  const chart = full.page.locator('[data-chart="maps-operations-operation-program-idle"]');
  assert.equal(await chart.locator('svg .mean_marks path').count(), 20);
});

test('a table sorts by the keyboard', async () => {
  const { page } = full;
  const header = page.locator('#hooks-rows-0 thead th').nth(2);
  const values = () =>
    page.locator('#hooks-rows-0 tbody tr').evaluateAll((rows) => rows.map((row) => Number(row.cells[2].textContent)));
  await header.locator('button').focus();
  await page.keyboard.press('Enter');
  assert.equal(await header.getAttribute('aria-sort'), 'ascending');
  const sorted = await values();
  assert.deepEqual(sorted, [...sorted].sort((a, b) => a - b));
});

test('nothing is wider than the window, from a phone to a desk, light and dark', async () => {
  const { page } = full;
  if (screenshots) await mkdir(screenshots, { recursive: true });
  for (const colorScheme of ['light', 'dark'])
    for (const width of [390, 1280]) {
      await change(page, { width, colorScheme });
      assert.ok((await overflow(page)) <= 0, `the page is ${await overflow(page)} too wide at ${width}`);
      if (screenshots) await page.screenshot({ path: join(screenshots, `bench-${colorScheme}-${width}.png`) });
    }
});

test('tables and figures can be understood without seeing them', async () => {
  const unnamed = await full.page.evaluate(() => ({
    headers: [...document.querySelectorAll('th')].filter((th) => !th.scope).length,
    captions: [...document.querySelectorAll('table')].filter((table) => !table.caption?.textContent).length,
    buttons: [...document.querySelectorAll('button')].filter((button) => !button.textContent.trim()).length,
    landmarks: document.querySelectorAll('header, nav[aria-label], main, footer').length,
  }));
  assert.deepEqual(unnamed, { headers: 0, captions: 0, buttons: 0, landmarks: 4 });
});
