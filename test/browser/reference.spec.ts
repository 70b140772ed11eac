import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { startApp, type TestApp } from '../harness/app.js';
import { describeInBrowser, launchBrowser, newPage } from '../harness/browser.js';

const SCHEMES = ['light', 'dark'] as const;
/** The summary of an operation in openapi.json. */
const OPERATION = 'Ask a question';

let app: TestApp;
let browser: Browser;

const surplus = (page: Page): Promise<number> => page.evaluate('document.documentElement.scrollWidth - innerWidth');
/** From 0 for black to 255 for white. */
const brightness = (page: Page): Promise<number> =>
  page.evaluate(`(() => {
    const opaque = [document.body, document.documentElement]
      .map((element) => getComputedStyle(element).backgroundColor)
      .find((color) => !/, 0\\)$/.test(color)) ?? 'rgb(255, 255, 255)';
    return Math.max(...opaque.match(/\\d+/g).map(Number));
  })()`);

describeInBrowser('the API reference in a browser', () => {
  beforeAll(async () => {
    app = await startApp({ WORKER_INLINE: 'false' });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await app.close();
  });

  it.each(['/docs', '/redoc'].flatMap((path) => SCHEMES.map((scheme) => [path, scheme] as const)))(
    '%s shows the operations without complaints: %s',
    async (path, colorScheme) => {
      const { page, complaints } = await newPage(browser, { colorScheme, viewport: { width: 360, height: 800 } });
      const missing: string[] = [];
      page.on('response', (response) => {
        if (response.status() !== 200) missing.push(response.url());
      });
      await page.goto(app.client.url + path);
      const operation = page.getByText(OPERATION).filter({ visible: true }).first();
      await operation.waitFor();
      if (path === '/docs') {
        await operation.click();
        await page.getByRole('button', { name: 'Execute' }).waitFor();
        await page.getByText('INSUFFICIENT_SCOPE').first().waitFor();
      }
      expect(await surplus(page)).toBeLessThanOrEqual(0);
      expect((await brightness(page)) > 127).toBe(colorScheme === 'light');
      await page.context().close();
      expect(complaints).toEqual([]);
      expect(missing).toEqual([]);
    },
  );
});
