// Prints the gzip size of every built file, and of what the first page loads.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'dist');
const gzipSize = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
const show = (bytes, name) => console.log(`${(bytes / 1024).toFixed(1).padStart(8)} KB gzip  ${name}`);

const html = readFileSync(join(dist, 'index.html'), 'utf8');
const files = ['index.html', ...readdirSync(join(dist, 'assets')).map((name) => `assets/${name}`)];
let first = 0;
let all = 0;
for (const file of files) {
  const bytes = gzipSize(file);
  all += bytes;
  const loadedFirst = file === 'index.html' || html.includes(file);
  if (loadedFirst) first += bytes;
  show(bytes, loadedFirst ? `${file} (first page)` : file);
}
show(first, 'first page');
show(all, 'all');
