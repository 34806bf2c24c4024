// A Chromium for the tests, and pages that record what must not happen.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const CHROMIUM = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

export async function startBrowser() {
  const profile = mkdtempSync(join(tmpdir(), 'isobar-ui-chromium-'));
  const browser = await puppeteer.launch({
    executablePath: CHROMIUM,
    userDataDir: profile,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
  return {
    browser,
    async stop() {
      await browser.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/**
 * A page of its own, in a context without cookies, cache and stored choices. `answers` replaces answers of the server:
 * a list of [part of the address, { status, body } or a function of the request that gives one].
 */
export async function openPage(browser, address, { width = 1280, height = 800, dark = false, answers = [], before } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport({ width, height });
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }]);
  page.setDefaultTimeout(15000);
  const problems = [];
  page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
  page.on('console', (message) => {
    // A refused request is logged by the browser itself; what it means is for the test to say.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) problems.push(`console: ${message.text()}`);
  });
  await page.evaluateOnNewDocument(() => {
    window.violations = [];
    document.addEventListener('securitypolicyviolation', (event) => {
      window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  if (answers.length > 0) {
    await page.setRequestInterception(true);
    page.on('request', (request) => {
      const found = answers.find(([part]) => request.url().includes(part));
      const answer = typeof found?.[1] === 'function' ? found[1](request) : found?.[1];
      if (!answer) return request.continue();
      if (answer === 'fail') return request.abort('connectionrefused');
      const { status = 200, body } = answer;
      request.respond({ status, contentType: 'application/json', body: typeof body === 'string' ? body : JSON.stringify(body) });
    });
  }
  if (before) await before(page);
  await page.goto(address, { waitUntil: 'domcontentloaded' });
  return {
    page,
    /** What the page did that no page may do. */
    async problems() {
      return [...problems, ...(await page.evaluate(() => window.violations)).map((violation) => `CSP ${violation}`)];
    },
    close: () => context.close(),
  };
}

/** Waits until the canvas of a chart inside `selector` shows at least so many pixels that are no grey, and counts them. */
export async function waitForDrawing(page, selector, atLeast = 100) {
  const handle = await page.waitForFunction(
    (within, wanted) => {
      const canvas = document.querySelector(`${within} canvas`);
      if (!canvas || canvas.width === 0) return false;
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let coloured = 0;
      for (let i = 0; i < data.length; i += 4) {
        const spread = Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]);
        if (data[i + 3] > 100 && spread > 40) coloured++;
      }
      return coloured >= wanted && coloured;
    },
    { polling: 'raf' },
    selector,
    atLeast,
  );
  return handle.jsonValue();
}
