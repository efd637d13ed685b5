// Chromium, driven by role and name as a person would find things.

import { chromium } from 'playwright-core';
import { execFileSync } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './until.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

export class Browser {
  static async start() {
    const browser = new Browser();
    const executablePath =
      process.env.PATCHCORD_CHROMIUM ?? execFileSync(join(root, 'tools/chromium.sh'), { encoding: 'utf8' }).trim();
    browser.chromium = await chromium.launch({
      executablePath,
      args: ['--no-sandbox', '--disable-quic', '--disable-background-networking'],
    });
    return browser;
  }

  // A page with cookies of its own: one person's browser. What goes wrong in it is kept in `page.troubles`.
  async person({ origin, width = 1440, height = 900, ...options } = {}) {
    const context = await this.chromium.newContext({
      baseURL: origin,
      viewport: { width, height },
      reducedMotion: 'reduce',
      locale: 'en-GB',
      ...options,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    page.troubles = [];
    page.on('pageerror', (error) => page.troubles.push(`error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') page.troubles.push(`console: ${message.text()}`);
    });
    return page;
  }

  stop() {
    return this.chromium?.close();
  }
}

// What axe finds against WCAG 2.2 A and AA, one line each.
export async function accessibility(page) {
  await page.evaluate(await readFile(axe, 'utf8'));
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }),
  );
  return found.violations.map(
    (violation) => `${violation.id}: ${violation.help} (${violation.nodes.map((node) => node.target.join(' ')).join('; ')})`,
  );
}

// Presses a button once the page has come alive.
export async function press(button) {
  await until('the button to work', () => button.isEnabled());
  await button.click();
}

// Keeps a picture of the page in end2end/out, for looking at after a failure.
export async function picture(page, name) {
  const directory = join(root, 'end2end/out');
  await mkdir(directory, { recursive: true });
  await page.screenshot({ path: join(directory, `${name}.png`) });
}
