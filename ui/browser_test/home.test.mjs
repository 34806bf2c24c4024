// The home page.
import assert from 'node:assert/strict';
import { openPage, waitForDrawing } from './browser.mjs';

const state = (more) => ['ui/v1/state', { body: { version: '0.1.0', profile: 'local', tenant: 'anonymous', ready: true, degraded: [], budgets: [], ...more } }];
const noData = { body: { status: 'success', data: { resultType: 'matrix', result: [] } } };
const text = (page, selector) => page.$eval(selector, (element) => element.textContent);

export const tests = {
  async 'home draws graphs of the host and refreshes them'({ browser, url }) {
    const opened = await openPage(browser, `${url}?refresh=2`);
    for (const panel of ['cpu', 'memory', 'load', 'process-memory']) {
      await (await opened.page.waitForSelector(`[data-panel=${panel}]`)).evaluate((element) => element.scrollIntoView());
      await waitForDrawing(opened.page, `[data-panel=${panel}]`).catch((error) => assert.fail(`${panel}: ${error.message}`));
    }
    const label = await opened.page.$eval('[data-panel=memory] .chart', (element) => element.getAttribute('aria-label'));
    assert.match(label, /^Memory: 3 series, max [\d.]+ [KMGT]iB at \d\d:\d\d/);
    const next = await opened.page.waitForResponse((response) => response.url().includes('query_range'));
    assert.equal(next.status(), 200);
    assert.deepEqual(await opened.problems(), []);
    await opened.close();
  },

  // In a container the root may be an overlay, which the node exporter leaves out.
  async 'home draws the file systems or says why there are none'({ browser, url }) {
    const opened = await openPage(browser, url);
    const panel = '[data-panel=filesystem]';
    await (await opened.page.waitForSelector(panel)).evaluate((element) => element.scrollIntoView());
    const found = await fetch(`${url}api/v1/query?query=${encodeURIComponent('node_filesystem_size_bytes{fstype!~"tmpfs|ramfs"}')}`);
    if ((await found.json()).data.result.length > 0) await waitForDrawing(opened.page, panel);
    else await opened.page.waitForFunction((within) => /^No file system of a disk/.test(document.querySelector(`${within} .empty`)?.textContent), {}, panel);
    await opened.close();
  },

  async 'home says why there are no file systems to draw'({ browser, url }) {
    const opened = await openPage(browser, url, { answers: [['query_range', (request) => (/node_filesystem/.test(decodeURIComponent(request.url() + request.postData())) ? noData : null)]] });
    await (await opened.page.waitForSelector('[data-panel=filesystem]')).evaluate((element) => element.scrollIntoView());
    await opened.page.waitForFunction(() => /^No file system of a disk/.test(document.querySelector('[data-panel=filesystem] .empty')?.textContent));
    await opened.close();
  },

  async 'home says what is degraded and what to do'({ browser, url }) {
    const since = Date.now() / 1000 - 600;
    const degraded = [{ component: 'object store', reason: 'connection refused', since, action: 'Check the endpoint in --store.' }];
    const opened = await openPage(browser, url, { answers: [state({ degraded })] });
    await opened.page.waitForSelector('.degraded li');
    assert.equal(await text(opened.page, '.degraded li'), 'object store: connection refused for 10 minWhat to do: Check the endpoint in --store.');
    await opened.close();
  },

  async 'home says that nothing is degraded'({ browser, url }) {
    const opened = await openPage(browser, url, { answers: [state({})] });
    await opened.page.waitForSelector('.state.good');
    assert.match(await text(opened.page, '.state.good'), /Nothing is degraded\./);
    await opened.close();
  },

  async 'home names what is missing when there are no host metrics'({ browser, url }) {
    const opened = await openPage(browser, `${url}?refresh=1s`, { answers: [state({}), ['query_range', noData]] });
    await opened.page.waitForSelector('[aria-label="No host metrics"] pre');
    const section = await text(opened.page, '[aria-label="No host metrics"]');
    assert.match(section, /node_cpu_seconds_total/);
    assert.match(section, /isobar serve/);
    assert.match(section, /scrape_configs/);
    assert.deepEqual(await opened.problems(), []);
    await opened.close();
  },

  async 'home keeps old graphs and says so when the server goes away'({ browser, url }) {
    let gone = false;
    const opened = await openPage(browser, `${url}?refresh=1s`, { answers: [['/api/', () => (gone ? 'fail' : null)]] });
    await waitForDrawing(opened.page, '[data-panel=cpu]');
    gone = true;
    await opened.page.waitForSelector('[data-panel=cpu] .panel-problem');
    assert.match(await text(opened.page, '[data-panel=cpu] .panel-problem'), /^Not updated since \d\d:\d\d:\d\d: The server did not answer/);
    await waitForDrawing(opened.page, '[data-panel=cpu]');
    gone = false;
    await opened.page.waitForSelector('[data-panel=cpu] .panel-problem', { hidden: true });
    await opened.close();
  },

  async 'a panel shows its values as a table and leads to Explore'({ browser, url }) {
    const opened = await openPage(browser, url);
    await waitForDrawing(opened.page, '[data-panel=load]');
    await opened.page.click('[data-panel=load] button[aria-label="View Load average as table"]');
    await opened.page.waitForSelector('[data-panel=load] .values td');
    const head = await opened.page.$$eval('[data-panel=load] .values thead th', (cells) => cells.map((cell) => cell.textContent));
    assert.deepEqual(head, ['Time', '1 min', '5 min', '15 min']);
    const cell = await text(opened.page, '[data-panel=load] .values td');
    assert.match(cell, /^[\d.]+$/);
    await opened.page.click('[data-panel=load] a.plain');
    await waitForDrawing(opened.page, '.graph');
    assert.equal((await opened.page.$$('.query')).length, 3);
    const params = new URLSearchParams(await opened.page.evaluate(() => location.search));
    assert.match(params.getAll('q')[0], /^sum\(node_load1/);
    assert.equal(params.get('from'), 'now-15m');
    await opened.close();
  },
};
