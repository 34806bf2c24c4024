// Status page, theme, keyboard, accessibility of every page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { openPage, waitForDrawing } from './browser.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const PAGES = [
  ['home', '', '[data-panel=cpu] canvas'],
  ['explore', `?page=explore&from=now-5m&to=now&q=node_load1&q=${encodeURIComponent('sum(')}`, '.legend-table td'],
  ['table', '?page=explore&tab=table&q=up', '.result-table td'],
  ['plan', '?page=plan&explain=C5&failure=night-short&in=stack-prod', '.steps li'],
  ['status', '?page=status', '[data-health]'],
];

async function seriousFindings(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} ${failureSummary}`).join(' | ')}`);
}

const accessibility = Object.fromEntries(
  PAGES.flatMap(([name, path, ready]) =>
    [false, true].map((dark) => [
      `${name} in ${dark ? 'dark' : 'light'} has no serious accessibility finding`,
      async ({ browser, url }) => {
        const opened = await openPage(browser, url + path, { dark });
        await opened.page.waitForSelector(ready);
        if (path.includes('explore')) await opened.page.waitForFunction(() => document.querySelector('.editor')?.shadowRoot?.querySelector('.cm-content'));
        assert.deepEqual(await seriousFindings(opened.page), []);
        assert.deepEqual(await opened.problems(), []);
        await opened.close();
      },
    ]),
  ),
);

export const tests = {
  ...accessibility,

  async 'status shows build, runtime, targets and cardinality'({ browser, url }) {
    const opened = await openPage(browser, `${url}?page=status`);
    await opened.page.waitForSelector('[data-health=up]');
    await opened.page.waitForFunction(() => /version/.test(document.querySelector('section[aria-label=Build]')?.textContent ?? ''));
    await opened.page.waitForSelector('section[aria-label="Metrics by series"] td');
    const counts = await opened.page.$$eval('section[aria-label="Metrics by series"] td.number', (cells) => cells.map((cell) => Number(cell.textContent)));
    assert.ok(counts[0] > 0 && counts.length <= 10, String(counts));
    await opened.close();
  },

  async 'status names failing targets first, with their error'({ browser, url }) {
    const target = (job, health, lastError) => ({
      scrapePool: job, scrapeUrl: `http://${job}/metrics`, labels: { job }, health, lastError, lastScrape: new Date().toISOString(), lastScrapeDuration: 0.01,
    });
    const body = { status: 'success', data: { activeTargets: [target('a', 'up', ''), target('b', 'down', 'connection refused')] } };
    const opened = await openPage(browser, `${url}?page=status`, { answers: [['api/v1/targets', { body }]] });
    await opened.page.waitForSelector('[data-health=down]');
    const rows = await opened.page.$$eval('[data-health]', (all) => all.map((row) => row.textContent));
    assert.match(rows[0], /down.*b.*connection refused$/);
    assert.match(rows[1], /up.*a/);
    await opened.close();
  },

  async 'status shows the memory budgets of the server'({ browser, url }) {
    const body = { version: '0.1.0', ready: true, degraded: [], budgets: [{ name: 'head', used_bytes: 95 * 2 ** 20, limit_bytes: 100 * 2 ** 20 }] };
    const opened = await openPage(browser, `${url}?page=status`, { answers: [['ui/v1/state', { body }]] });
    await opened.page.waitForSelector('.budgets tbody tr');
    const row = await opened.page.$eval('.budgets tbody tr', (element) => element.textContent);
    assert.equal(row, 'head95 MiB100 MiB 95 % (nearly full)');
    assert.deepEqual(await seriousFindings(opened.page), []);
    await opened.close();
  },

  async 'the theme follows the system until it is chosen, and then stays'({ browser, url }) {
    const { page, close } = await openPage(browser, url, { dark: true });
    const themeOf = () => page.evaluate(() => document.documentElement.dataset.theme);
    await page.waitForSelector('.top');
    assert.equal(await themeOf(), 'dark');
    await page.keyboard.press('d');
    await page.keyboard.press('t');
    await page.waitForSelector('html[data-theme=light]');
    await page.reload();
    await page.waitForSelector('.top');
    assert.equal(await themeOf(), 'light');
    await close();
  },

  async 'keys change pages and show help'({ browser, url }) {
    const { page, problems, close } = await openPage(browser, url);
    await page.waitForSelector('.home');
    await page.keyboard.press('g');
    await page.keyboard.press('e');
    await page.waitForSelector('.explore');
    await page.keyboard.press('g');
    await page.keyboard.press('s');
    await page.waitForSelector('.status');
    await page.keyboard.type('?');
    await page.waitForSelector('dialog[open]');
    assert.match(await page.$eval('dialog', (element) => element.textContent), /Ctrl\+Enter/);
    await page.keyboard.press('Escape');
    await page.waitForSelector('dialog', { hidden: true });
    assert.deepEqual(await problems(), []);
    await close();
  },

  async 'nothing is wider than a phone'({ browser, url }) {
    for (const [name, path, ready] of PAGES) {
      const { page, close } = await openPage(browser, url + path, { width: 390, height: 844 });
      await page.waitForSelector(ready);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= 390, `${name}: ${width} px`);
      await close();
    }
  },

  async 'arrow keys move the cursor of a focused graph'({ browser, url }) {
    const { page, close } = await openPage(browser, url);
    await waitForDrawing(page, '[data-panel=load]');
    await page.focus('[data-panel=load] .chart');
    await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('[data-panel=load] .tooltip:not([hidden])');
    assert.match(await page.$eval('[data-panel=load] .tooltip', (element) => element.textContent), /1 min/);
    await close();
  },
};
