// Explore: its editor, graph, table and address.
import assert from 'node:assert/strict';
import { openPage, waitForDrawing } from './browser.mjs';

const address = (url, pairs) => `${url}?${new URLSearchParams([['page', 'explore'], ...pairs])}`;
const search = async (page) => new URLSearchParams(await page.evaluate(() => location.search));
const LOAD = [['q', 'node_load1'], ['from', 'now-5m'], ['to', 'now']];

const inEditor = (page, f, ...rest) =>
  page.evaluateHandle(() => document.querySelector('.editor').shadowRoot).then((root) => page.evaluate(f, root, ...rest));

async function editor(page) {
  await page.waitForFunction(() => document.querySelector('.editor')?.shadowRoot?.querySelector('.cm-content'));
  return page.evaluateHandle(() => document.querySelector('.editor').shadowRoot.querySelector('.cm-content'));
}

async function type(page, text) {
  await (await editor(page)).focus();
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  await page.keyboard.press('Backspace');
  await page.keyboard.type(text);
}

async function runWithKeyboard(page) {
  await page.keyboard.down('Control');
  await page.keyboard.press('Enter');
  await page.keyboard.up('Control');
}

const waitInEditor = (page, selector, pattern = '') =>
  page.waitForFunction(
    (wanted, source) => {
      const found = [...(document.querySelector('.editor')?.shadowRoot?.querySelectorAll(wanted) ?? [])];
      const match = found.find((element) => new RegExp(source).test(element.textContent));
      return match && match.textContent;
    },
    {},
    selector,
    pattern,
  ).then((handle) => handle.jsonValue());

/** An answer of so many series, each with a value at every point. */
function manySeries(request, count) {
  const form = new URLSearchParams(request.postData());
  const [start, end, step] = ['start', 'end', 'step'].map((name) => Number(form.get(name)));
  const times = [];
  for (let t = start; t <= end; t += step) times.push(t);
  const result = Array.from({ length: count }, (_, i) => ({
    metric: { __name__: 'many', i: String(i) },
    values: times.map((t) => [t, String(10 * i + (t % 7))]),
  }));
  return { body: { status: 'success', data: { resultType: 'matrix', result }, warnings: ['a warning'], infos: ['an info'] } };
}

export const tests = {
  async 'a query from the address is drawn, with figures and legend'({ browser, url }) {
    const opened = await openPage(browser, address(url, LOAD));
    await waitForDrawing(opened.page, '.graph');
    const figures = await opened.page.$eval('.figures', (element) => element.textContent);
    assert.match(figures, /^\d+ series · \d+ ms$/);
    const name = await opened.page.$eval('.legend-table .line-name', (element) => element.textContent);
    assert.match(name, /node_load1|instance/);
    await editor(opened.page);
    assert.deepEqual(await opened.problems(), []);
    await opened.close();
  },

  async 'the whole state survives a reload'({ browser, url }) {
    const pairs = [
      ['q', 'up'], ['q', 'node_load1 > 0'], ['off', 'B'],
      ['from', '2026-01-01T00:00:00Z'], ['to', '2026-01-01T06:00:00Z'], ['refresh', '30s'], ['step', '1m'], ['tab', 'table'], ['tz', 'utc'],
    ];
    const { page, close } = await openPage(browser, address(url, pairs));
    await page.waitForSelector('.query');
    const before = (await search(page)).toString();
    await page.reload();
    await page.waitForSelector('.query');
    assert.equal((await search(page)).toString(), before);
    assert.equal(await page.$eval('.range', (element) => element.textContent), '2026-01-01 00:00:00 to 2026-01-01 06:00:00 UTC');
    assert.equal(await page.$eval('input.step', (element) => element.value), '1m');
    assert.equal(await page.$eval('.tabs [aria-pressed=true]', (element) => element.textContent), 'Table');
    assert.deepEqual(await page.$$eval('.letter', (all) => all.map((element) => element.getAttribute('aria-pressed'))), ['true', 'false']);
    await close();
  },

  async 'typing completes metrics and runs with the keyboard'({ browser, url }) {
    const { page, problems, close } = await openPage(browser, address(url, [['from', 'now-5m'], ['to', 'now']]));
    await type(page, 'node_memory_MemTot');
    assert.match(await waitInEditor(page, '.cm-tooltip-autocomplete li', 'node_memory_MemTotal_bytes'), /node_memory_MemTotal_bytes/);
    // With the pointer, because the list takes no key in its first moments.
    const item = await inEditor(page, (root) => {
      const { left, top } = root.querySelector('.cm-tooltip-autocomplete li').getBoundingClientRect();
      return { x: left + 10, y: top + 5 };
    });
    await page.mouse.click(item.x, item.y);
    await waitInEditor(page, '.cm-line', '^node_memory_MemTotal_bytes$');
    await runWithKeyboard(page);
    await waitForDrawing(page, '.graph');
    assert.equal((await search(page)).get('q'), 'node_memory_MemTotal_bytes');
    assert.match(await page.$eval('.legend-table td:nth-child(2)', (element) => element.textContent), /^[\d.]+ [KMGT]iB$/);
    await page.keyboard.type('{inst');
    await waitInEditor(page, '.cm-tooltip-autocomplete li', '^instance');
    assert.deepEqual(await problems(), []);
    await close();
  },

  async 'functions are explained by the table of the server'({ browser, url }) {
    const functions = [
      { name: 'rate', signature: 'rate(v range-vector)', doc: 'Per-second increase.', example: 'rate(x_total[5m])', experimental: false },
      { name: 'isobar_only', signature: 'isobar_only(v instant-vector)', doc: 'Known to the server only.', example: '', experimental: true },
    ];
    const answers = [['ui/v1/functions', { body: { functions, aggregations: [] } }]];
    const { page, problems, close } = await openPage(browser, address(url, [['q', 'rate(node_cpu_seconds_total[1m])']]), { answers });
    await editor(page);
    const at = await inEditor(page, (root) => {
      const { left, top, height } = root.querySelector('.cm-line span').getBoundingClientRect();
      return { x: left + 6, y: top + height / 2 };
    });
    await page.mouse.move(at.x - 2, at.y);
    await page.mouse.move(at.x, at.y);
    assert.equal(await waitInEditor(page, '.promql-help'), 'rate(v range-vector)Per-second increase.rate(x_total[5m])');
    await page.mouse.move(5, 5);
    await type(page, 'isobar_o');
    await waitInEditor(page, '.cm-tooltip-autocomplete li', '^isobar_only');
    await waitInEditor(page, '.cm-completionInfo', 'Experimental');
    assert.deepEqual(await problems(), []);
    await close();
  },

  async 'mistakes are underlined while typing'({ browser, url }) {
    const { page, close } = await openPage(browser, address(url, []));
    await type(page, 'rate(up)');
    assert.equal(await waitInEditor(page, '.cm-lintRange-error'), 'up');
    await waitInEditor(page, '.cm-line', '^rate\\(up\\)$');
    await close();
  },

  async 'an error of the server is shown with its position and underlined there'({ browser, url }) {
    const error = { status: 400, body: { status: 'error', errorType: 'bad_data', error: 'invalid parameter "query": 1:5: parse error: nobody knows "node_load1"' } };
    const { page, close } = await openPage(browser, address(url, [['q', 'sum(node_load1)']]), { answers: [['query_range', error]] });
    await page.waitForSelector('.notice.error');
    assert.equal(await page.$eval('.notice.error span', (element) => element.textContent), 'Line 1, column 5: parse error: nobody knows "node_load1"');
    assert.equal(await waitInEditor(page, '.cm-lintRange-error'), 'node_load1');
    await close();
  },

  async 'queries are added, left out and removed'({ browser, url }) {
    const { page, close } = await openPage(browser, address(url, LOAD));
    await waitForDrawing(page, '.graph');
    await page.click('.add');
    await page.waitForFunction(() => document.querySelectorAll('.query').length === 2);
    await page.click('[aria-label="Query B is used"]');
    await page.waitForFunction(() => new URLSearchParams(location.search).get('off') === 'B');
    await page.click('[aria-label="Remove query A"]');
    await page.waitForFunction(() => document.querySelectorAll('.query').length === 1);
    assert.deepEqual((await search(page)).getAll('q'), ['']);
    await close();
  },

  async 'the table shows labels and values and sorts'({ browser, url }) {
    const { page, close } = await openPage(browser, address(url, [['q', 'node_cpu_seconds_total'], ['tab', 'table']]));
    await page.waitForSelector('.result-table td');
    const head = await page.$$eval('.result-table th', (cells) => cells.map((cell) => cell.textContent.trim()));
    assert.deepEqual([head[0], head.at(-1)], ['name', 'Value']);
    assert.ok(head.includes('mode') && head.includes('cpu'));
    await page.click('.result-table th:last-child button');
    await page.waitForSelector('.result-table th[aria-sort=descending]');
    const values = await page.$$eval('.result-table td.number', (cells) => cells.map((cell) => Number(cell.textContent)));
    assert.ok(values.length > 3);
    assert.deepEqual(values, [...values].sort((a, b) => b - a));
    await close();
  },

  async 'dragging zooms in, keys shift and zoom out, back returns'({ browser, url }) {
    const { page, close } = await openPage(browser, address(url, LOAD));
    await waitForDrawing(page, '.graph');
    const box = await (await page.$('.graph .u-over')).boundingBox();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + 50, { steps: 5 });
    await page.mouse.up();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('from') !== 'now-5m');
    const width = async () => {
      const params = await search(page);
      return (Date.parse(params.get('to')) - Date.parse(params.get('from'))) / 1000;
    };
    assert.ok(Math.abs((await width()) - 150) < 10, `${await width()} s`);
    await waitForDrawing(page, '.graph');
    const start = Date.parse((await search(page)).get('from'));
    await page.keyboard.press('[');
    await page.waitForFunction((before) => Date.parse(new URLSearchParams(location.search).get('from')) < before, {}, start);
    await page.keyboard.down('Control');
    await page.keyboard.press('z');
    await page.keyboard.up('Control');
    await page.waitForFunction((before) => {
      const params = new URLSearchParams(location.search);
      return Date.parse(params.get('to')) - Date.parse(params.get('from')) > before * 1.9;
    }, {}, 150_000);
    for (let i = 0; i < 3; i++) await page.goBack();
    await page.waitForFunction(() => new URLSearchParams(location.search).get('from') === 'now-5m');
    await close();
  },

  async 'the legend isolates and hides lines, also in the address'({ browser, url }) {
    const { page, close } = await openPage(browser, address(url, [['q', 'node_load1'], ['q', 'node_load5'], ['from', 'now-5m'], ['to', 'now']]));
    await waitForDrawing(page, '.graph');
    await page.click('.legend-table tr:nth-child(2) .line-name');
    await page.waitForSelector('.legend-table tbody tr:nth-child(1).off');
    assert.match((await search(page)).get('only'), /^B node_load5/);
    assert.match(await page.$eval('.chart', (element) => element.getAttribute('aria-label')), /1 series/);
    await page.click('.legend-table tr:nth-child(2) .line-name');
    await page.waitForFunction(() => document.querySelectorAll('.legend-table .off').length === 0);
    await page.click('.legend-table tr:nth-child(1) .swatch');
    await page.waitForSelector('.legend-table tbody tr:nth-child(1).off');
    assert.match((await search(page)).get('hide'), /^A node_load1/);
    await close();
  },

  async 'the tooltip names the values under the pointer'({ browser, url }) {
    const { page, close } = await openPage(browser, address(url, LOAD));
    await waitForDrawing(page, '.graph');
    const box = await (await page.$('.graph .u-over')).boundingBox();
    await page.mouse.move(box.x + box.width - 30, box.y + 60);
    await page.mouse.move(box.x + box.width - 20, box.y + 60);
    await page.waitForSelector('.tooltip:not([hidden])');
    assert.match(await page.$eval('.tooltip', (element) => element.textContent), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dnode_load1.*\d$/);
    await close();
  },

  async 'the time picker takes absolute and relative times and refuses others'({ browser, url }) {
    const { page, close } = await openPage(browser, address(url, [['q', 'up'], ['tz', 'utc']]));
    const fill = async (from, to) => {
      await page.click('.range');
      for (const [name, value] of [['from', from], ['to', to]]) {
        await page.click(`input[name=${name}]`, { clickCount: 3 });
        await page.type(`input[name=${name}]`, value);
      }
      await page.keyboard.press('Enter');
    };
    await fill('2026-01-31 14:00', '2026-01-31 15:30:30');
    await page.waitForFunction(() => new URLSearchParams(location.search).get('to') === '2026-01-31T15:30:30Z');
    assert.equal((await search(page)).get('from'), '2026-01-31T14:00:00Z');
    await fill('yesterday', 'now');
    await page.waitForSelector('.absolute [role=alert]');
    await page.keyboard.press('Escape');
    await page.waitForSelector('.popover', { hidden: true });
    await fill('now-2h', 'now');
    await page.waitForFunction(() => new URLSearchParams(location.search).get('from') === 'now-2h');
    await close();
  },

  async 'ten thousand series do not freeze the page'({ browser, url }) {
    const answers = [['query_range', (request) => manySeries(request, 10_000)]];
    const { page, close } = await openPage(browser, address(url, [['q', 'many'], ['from', 'now-1h'], ['to', 'now'], ['step', '1m']]), {
      answers,
      before: (p) =>
        p.evaluateOnNewDocument(() => {
          window.longest = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
          }).observe({ type: 'longtask', buffered: true });
        }),
    });
    await waitForDrawing(page, '.graph');
    assert.match(await page.$eval('.graph .notice.warning', (element) => element.textContent), /shows 100 of 10000 series/);
    assert.deepEqual(await page.$$eval('.remarks .notice', (all) => all.map((element) => element.textContent)), ['Warning a warning', 'Note an info']);
    const longest = await page.evaluate(() => window.longest);
    assert.ok(longest < 1000, `longest task ${longest} ms`);
    await close();
  },

  async 'gaps are drawn as gaps'({ browser, url }) {
    const answers = [
      ['query_range', (request) => {
        const answer = manySeries(request, 1);
        const { values } = answer.body.data.result[0];
        const third = Math.floor(values.length / 3);
        answer.body.data.result[0].values = values.map(([time]) => [time, '1']).filter((_, i) => i < third || i >= 2 * third);
        return answer;
      }],
    ];
    const { page, close } = await openPage(browser, address(url, [['q', 'gap'], ['from', '2026-01-01T00:00:00Z'], ['to', '2026-01-01T01:00:00Z']]), { answers });
    await waitForDrawing(page, '.graph');
    const inTenths = await page.$eval('.graph canvas', (canvas) => {
      const { width, height } = canvas;
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height);
      const counts = new Array(10).fill(0);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const i = (y * width + x) * 4;
          const spread = Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]);
          if (data[i + 3] > 100 && spread > 40) counts[Math.floor((x / width) * 10)]++;
        }
      }
      return counts;
    });
    assert.ok(inTenths[2] > 0 && inTenths[8] > 0, String(inTenths));
    assert.equal(inTenths[5], 0, String(inTenths));
    await close();
  },
};
