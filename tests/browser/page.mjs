// What the browser tests share: Chromium with a profile of its own, and pages with what went wrong in them.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright-core';

export const reportDir = resolve(process.env.REPORT_DIR ?? '.');
export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
export const chromiumArguments = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export function fileUrl(name) {
  return `file://${join(reportDir, name)}`;
}

export async function launch() {
  assert.ok(existsSync(executablePath), `no Chromium at ${executablePath}: install it, or set CHROMIUM`);
  const profile = await mkdtemp(join(tmpdir(), 'bpftax-browser-'));
  const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: chromiumArguments });
  context.setDefaultTimeout(120_000); // slow machines are no fault of the page
  return {
    context,
    profile,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

// Every chart that can be seen is drawn.
export async function drawn(page) {
  await page.waitForFunction(() => performance.getEntriesByName('bpftax-ready').length > 0);
  // As a reader does: one after the other comes into the window.
  await page.evaluate(async () => {
    const waiting = () =>
      [...document.querySelectorAll('[data-chart]')].find((chart) => chart.offsetParent !== null && !chart.dataset.state);
    for (let chart = waiting(); chart; chart = waiting()) {
      chart.scrollIntoView();
      while (!chart.dataset.state) await new Promise((done) => setTimeout(done, 10));
    }
    scrollTo(0, 0);
  });
  await page.waitForFunction(() =>
    [...document.querySelectorAll('[data-chart]')]
      .filter((chart) => chart.offsetParent !== null)
      .every((chart) => ['drawn', 'failed'].includes(chart.dataset.state)),
  );
}

// The front end redraws a moment after the width or the theme has changed.
export async function change(page, { width, colorScheme }) {
  if (colorScheme) await page.emulateMedia({ colorScheme });
  if (width) await page.setViewportSize({ width, height: 900 });
  await page.waitForTimeout(250);
  await drawn(page);
}

// An open page with what went wrong in it. `draw`: all that can be seen.
export async function open(context, name, { hash = '', colorScheme = 'light', openDetails = false, draw = true } = {}) {
  const page = await context.newPage();
  const url = fileUrl(name);
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
    if (request.url().split('#')[0] !== url && !request.url().startsWith('data:')) requests.push(request.url());
  });
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme });
  await page.goto(url + hash);
  await page.waitForFunction(() => performance.getEntriesByName('bpftax-ready').length > 0);
  if (openDetails) await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
  if (draw) await drawn(page);
  return { page, trouble, requests };
}

export async function overflow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
