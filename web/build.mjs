// Bundles the front ends into dist/: report.js and bench.js (the scripts of the two pages), report.css and notices.txt
// (licences of what is bundled).
// `node build.mjs --test` bundles the unit tests into dist/test instead. `--out DIR` writes elsewhere.
import { build } from 'esbuild';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const outAt = process.argv.indexOf('--out');
const out = outAt > 0 ? resolve(process.argv[outAt + 1]) : join(here, 'dist');

// "node_modules/@scope/name/..." or "node_modules/name/...", also nested: the innermost package.
function packageFolder(input) {
  const at = input.lastIndexOf('node_modules/');
  if (at < 0) return undefined;
  const parts = input.slice(at + 'node_modules/'.length).split('/');
  const name = parts[0].startsWith('@') ? `${parts[0]}/${parts[1]}` : parts[0];
  return input.slice(0, at) + 'node_modules/' + name;
}

async function licenceOf(folder) {
  const file = (await readdir(join(here, folder))).find((name) => /^(licen[cs]e|copying)/i.test(name));
  if (!file) throw new Error(`${folder} has no licence file, so it must not be bundled`);
  return (await readFile(join(here, folder, file), 'utf8')).trim();
}

// One entry a licence text: packages that share it are named together.
async function notices(inputs) {
  const folders = [...new Set(inputs.map(packageFolder).filter(Boolean))].sort();
  const byText = new Map();
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(await readFile(join(here, folder, 'package.json'), 'utf8'));
    const text = await licenceOf(folder);
    const entry = byText.get(text) ?? [];
    entry.push(`${name} ${version} (${license})`);
    byText.set(text, entry);
  }
  return [...byText].map(([text, names]) => `${names.join(', ')}\n\n${text}\n`).join(`\n${'-'.repeat(72)}\n\n`);
}

async function bundlePage() {
  const shared = {
    absWorkingDir: here,
    bundle: true,
    minify: true,
    metafile: true,
    target: ['chrome90', 'firefox90', 'safari15'],
    legalComments: 'none', // notices.txt has them whole
    charset: 'ascii', // the page may be opened with any encoding guess
    logLevel: 'warning',
  };
  const scripts = [];
  for (const [entry, name] of [['src/main.ts', 'report.js'], ['src/bench.ts', 'bench.js']])
    scripts.push(await build({
      ...shared,
      entryPoints: [entry],
      format: 'iife',
      platform: 'browser',
      outfile: join(out, name),
      define: { 'process.env.NODE_ENV': '"production"' },
    }));
  const css = await build({
    ...shared,
    entryPoints: ['src/report.css'],
    loader: { '.woff2': 'dataurl' },
    outfile: join(out, 'report.css'),
  });
  const inputs = [...scripts, css].flatMap((built) => Object.keys(built.metafile.inputs));
  await writeFile(join(out, 'notices.txt'), await notices(inputs));
  // A script stands inside a page: it must not contain what ends a script element or opens a comment in one.
  for (const name of ['report.js', 'bench.js'])
    if (/<\/script|<!--/i.test(await readFile(join(out, name), 'utf8')))
      throw new Error(`${name} contains "</script" or "<!--"`);
}

async function bundleTests() {
  const folder = join(out, 'test');
  await rm(folder, { recursive: true, force: true });
  const names = (await readdir(join(here, 'test'))).filter((name) => name.endsWith('.test.ts'));
  await build({
    absWorkingDir: here,
    entryPoints: names.map((name) => `test/${name}`),
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18',
    logLevel: 'warning',
  });
}

await mkdir(out, { recursive: true });
await (process.argv.includes('--test') ? bundleTests() : bundlePage());
