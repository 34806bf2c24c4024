// The page Plan on the ledger that ships, and its strip on Home.
import assert from 'node:assert/strict';
import { openPage } from './browser.mjs';

const texts = (page, selector) => page.$$eval(selector, (all) => all.map((one) => one.textContent.trim()));
const json = async (url, path) => (await (await fetch(url + path)).json()).data;

export const tests = {
  async 'plan compares the first two profiles: the figures are those of the server'({ browser, url }) {
    const answer = await json(url, 'ui/v1/plan');
    const opened = await openPage(browser, `${url}?page=plan`);
    await opened.page.waitForSelector('.bill tfoot');
    const total = answer.comparison.costs.find((row) => row.id === 'total');
    const money = (micro) => `$${(Math.round(micro / 1e4) / 100).toFixed(2)}`;
    const [, a, b] = await texts(opened.page, '.bill tfoot td');
    assert.deepEqual([a, b], [money(total.a_usd_micro), money(total.b_usd_micro)]);
    assert.equal((await texts(opened.page, '.matrix tbody tr')).length, answer.comparison.failures.length);
    const ids = (await texts(opened.page, '.decisions tbody td:first-child')).filter(Boolean);
    assert.deepEqual(ids, answer.comparison.decisions.map((row) => row.id).filter(Boolean));
    const figures = await texts(opened.page, '.figure dd');
    assert.match(figures[1], /^58 stack-prod9 stack-dev$/);
    assert.deepEqual(await opened.problems(), []);
    await opened.close();
  },

  async 'plan changes profiles, and keeps them in the address'({ browser, url }) {
    const opened = await openPage(browser, `${url}?page=plan`);
    await opened.page.waitForSelector('.bill tfoot');
    await opened.page.select('.toolbar label:nth-of-type(2) select', 'isobar-prod');
    await opened.page.waitForFunction(() => document.querySelector('.decisions')?.textContent.includes('Isobar') && new URLSearchParams(location.search).get('b') === 'isobar-prod');
    await opened.page.waitForFunction(() => /Not measured/.test(document.querySelector('.plan')?.textContent ?? '') || !/not measured/.test(document.querySelector('.bill')?.textContent ?? ''));
    await opened.close();
  },

  async 'plan derives a figure at a click'({ browser, url }) {
    const opened = await openPage(browser, `${url}?page=plan`);
    await opened.page.waitForSelector('.bill tbody button');
    await opened.page.click('.bill tbody button');
    await opened.page.waitForFunction(() => document.querySelector('.derivation pre')?.textContent.includes('nodes.count'));
    assert.equal(new URL(opened.page.url()).searchParams.get('explain'), 'nodes');
    await opened.close();
  },

  async 'plan plays a failure as a timeline, with what a human has to do'({ browser, url }) {
    const opened = await openPage(browser, `${url}?page=plan`);
    await opened.page.waitForSelector('.matrix .bad button');
    const human = await opened.page.evaluateHandle(() => [...document.querySelectorAll('.matrix .bad button')].find((one) => /needs a human/.test(one.textContent)));
    await human.click();
    await opened.page.waitForSelector('.cascade .steps li');
    const text = await opened.page.$eval('.cascade', (element) => element.textContent);
    assert.match(text, /Writes.*does not come back by itself/);
    assert.match(text, /It needs a human/);
    assert.ok((await opened.page.$$('.cascade .down')).length > 0);
    assert.deepEqual(await opened.problems(), []);
    await opened.close();
  },

  async 'plan says what is wrong with a ledger'({ browser, url }) {
    const body = { status: 'error', errorType: 'execution', error: 'the ledger has a problem: mine.yaml:3: id is missing' };
    const opened = await openPage(browser, `${url}?page=plan`, { answers: [['ui/v1/plan', { status: 422, body }]] });
    await opened.page.waitForSelector('.notice.error');
    assert.match(await opened.page.$eval('.notice.error', (element) => element.textContent), /mine\.yaml:3: id is missing/);
    await opened.close();
  },

  async 'home has development beside production'({ browser, url }) {
    const opened = await openPage(browser, url);
    await opened.page.waitForSelector('.home .figures');
    assert.equal(await opened.page.$eval('#plan-title', (element) => element.textContent), 'stack-dev beside stack-prod');
    assert.equal((await texts(opened.page, '.home .figure dt')).length, 4);
    await opened.close();
  },
};
