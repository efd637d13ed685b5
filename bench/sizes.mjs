// What a browser loads of a release build, compressed as the server does it: node bench/sizes.mjs
// Build first: tools/build.sh release

import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';

const site = join(dirname(fileURLToPath(import.meta.url)), '../target/site');
const packed = (path) => {
  const bytes = readFileSync(join(site, path));
  // Fonts are compressed already.
  if (path.endsWith('.woff2')) return bytes.length;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 22 };
  return brotliCompressSync(bytes, { params }).length;
};

const files = readdirSync(join(site, 'pkg'));
const sizes = new Map(files.map((name) => [name, packed(`pkg/${name}`)]));
const sum = (names) => names.reduce((all, name) => all + (sizes.get(name) ?? 0), 0);
const parts = JSON.parse(readFileSync(join(site, 'pkg/__wasm_split_manifest.json'), 'utf8'));
const glue = files.filter((name) => name.endsWith('.js'));
const fonts = packed('fonts/inter-latin-opsz-normal.woff2');
const first = sum(['patchcord_bg.wasm', 'patchcord.css', ...glue]) + fonts;

const row = (what, bytes) => console.log(`${what.padEnd(34)} ${(bytes / 1000).toFixed(0).padStart(6)} kB`);
row('program of every page', sum(['patchcord_bg.wasm']));
row('glue', sum(glue));
row('styles', sum(['patchcord.css']));
row('font', fonts);
row('first view', first);
for (const [name, chunks] of Object.entries(parts)) {
  const title = name.replace(/^_*/, '').replace(/_\d+$/, '').replace(/_view$/, '').replaceAll('_', ' ');
  row(`${title}, besides`, sum(chunks.map((chunk) => `${chunk}.wasm`)));
}
