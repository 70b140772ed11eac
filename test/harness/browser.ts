import { accessSync, constants, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { describe } from 'vitest';
import type { AxeResults } from 'axe-core';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const WIDTHS = [360, 768, 1280];
const TIMEOUT_MS = 60_000;

/** Debian's names of it. The shell draws no window, and needs half the processor time. */
const NAMES = ['chromium-headless-shell', 'chromium'];

function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

const executablePath = findChromium();
if (!executablePath) console.warn('Tests in a browser are skipped: there is no chromium on the PATH.');

/** `describe` if there is a browser; skipped otherwise. */
export const describeInBrowser = executablePath ? describe : describe.skip;

/**
 * No sandbox, because root has none: it opens only pages of the server under test.
 * @param hosts names of servers as pages and redirects have them, and where they are: `MAP app.example 127.0.0.1:8080`
 */
export const launchBrowser = (hosts: string[] = []): Promise<Browser> =>
  chromium.launch({
    executablePath: executablePath as string,
    args: ['--no-sandbox', '--disable-dev-shm-usage', `--host-resolver-rules=${hosts.join(',')}`],
  });

/** A page of a browser with no stored data, and all errors: of scripts, and violations of the policy. */
export async function newPage(
  browser: Browser,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(TIMEOUT_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('console', (message) => {
    // Some tests are about refusals by the server.
    if (message.type() === 'error' && !/^Failed to load resource/.test(message.text())) complaints.push(message.text());
  });
  return { page, complaints };
}

/** Options for axe: the colours are all that differs in the dark. */
const RULES = { light: '', dark: "{ runOnly: ['color-contrast'] }" };

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Faults in how a page looks now: those that axe finds in light and in dark, and widths at which it scrolls sideways. */
export async function faultsOf(page: Page): Promise<string[]> {
  const faults: string[] = [];
  await page.evaluate(axe);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate<AxeResults>(`axe.run(${RULES[colorScheme]})`);
    for (const { id, nodes } of violations)
      faults.push(`${colorScheme}: ${id}: ${nodes.map(({ html }) => html).join()}`);
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const surplus = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
    if (surplus > 0) faults.push(`${width} px: ${surplus} px too wide`);
  }
  return faults;
}
