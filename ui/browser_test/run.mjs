// Runs the page tests against a server: node browser_test/run.mjs --url http://127.0.0.1:PORT [--only part-of-a-name]
// The server must have metrics of a node exporter, or of the server itself under the same names.
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { startBrowser } from './browser.mjs';

const { values } = parseArgs({ options: { url: { type: 'string' }, only: { type: 'string', default: '' } } });
if (!values.url) {
  console.error('Usage: node browser_test/run.mjs --url http://127.0.0.1:PORT');
  process.exit(2);
}
const url = values.url.endsWith('/') ? values.url : `${values.url}/`;
const here = dirname(fileURLToPath(import.meta.url));
const { browser, stop } = await startBrowser();
let passed = 0;
let failed = 0;
try {
  for (const file of readdirSync(here).filter((name) => name.endsWith('.test.mjs')).sort()) {
    const { tests } = await import(pathToFileURL(join(here, file)).href);
    for (const [name, test] of Object.entries(tests)) {
      if (!`${file} ${name}`.includes(values.only)) continue;
      const began = Date.now();
      try {
        await test({ browser, url });
        passed++;
        console.log(`ok    ${name} (${Date.now() - began} ms)`);
      } catch (error) {
        failed++;
        console.log(`FAIL  ${name}\n${String(error.stack ?? error).replace(/^/gm, '      ')}`);
      }
    }
  }
} finally {
  await stop();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
