// How long a page of 200 cases by 20 metrics takes until it is drawn, and how large it is. Prints; asserts nothing.
//   node bench.mjs   with REPORT_DIR (what report_sample writes), CHROMIUM
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { drawn, fileUrl, launch, reportDir } from './page.mjs';

const runs = 5;
const name = 'large/report.html';
const browser = await launch();
const firsts = [];
const readies = [];
const sorts = [];
const opens = [];
for (let i = 0; i < runs; ++i) {
  const page = await browser.context.newPage();
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(fileUrl(name));
  await page.waitForFunction(() => performance.getEntriesByName('bpftax-ready').length > 0);
  await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint').length > 0);
  const [first, ready] = await page.evaluate(() => [
    performance.getEntriesByName('first-contentful-paint')[0].startTime,
    performance.getEntriesByName('bpftax-ready')[0].startTime,
  ]);
  firsts.push(first);
  readies.push(ready);
  // Until the next frame is on the screen.
  const timed = (selector) =>
    page.evaluate(async (what) => {
      const start = performance.now();
      document.querySelector(what).click();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - start;
    }, selector);
  sorts.push(await timed('#verdict-matrix thead tr:nth-child(2) th button'));
  opens.push(await timed('#verdict-matrix td.v a'));
  if (i === 0) await drawn(page);
  await page.close();
}
await browser.close();
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)].toFixed(0);
const { size } = await stat(join(reportDir, name));
console.log(`report.html of 200 cases x 20 metrics: ${(size / 1e6).toFixed(2)} MB`);
console.log(`first contentful paint: ${median(firsts)} ms (median of ${runs})`);
console.log(`heat map drawn and page ready: ${median(readies)} ms`);
console.log(`sorting the heat map: ${median(sorts)} ms; opening a row: ${median(opens)} ms`);
