// Anything of the account is found from anywhere in it.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('search', () => {
  let studio;

  before(async () => {
    studio = await Studio.open();
  });

  after(() => studio?.close());

  // The dialog, once the page has come alive.
  async function opened(page) {
    const dialog = page.getByRole('dialog', { name: 'Search everything' });
    await until('the search to open', async () => {
      if (!(await dialog.isVisible())) await page.keyboard.press('Control+k');
      return dialog.isVisible();
    });
    return dialog;
  }

  for (const options of [
    { colorScheme: 'light', viewport: { width: 1440, height: 900 } },
    { colorScheme: 'dark', viewport: { width: 390, height: 844 } },
  ]) {
    test(`a device is found and opened by keyboard alone, ${options.colorScheme}`, async (t) => {
      const { page } = await studio.signedIn(t, options);
      await page.goto(`/a/${studio.fernhill.id}/callflows`);
      const dialog = await opened(page);
      const field = dialog.getByRole('combobox', { name: 'Name, number or page' });
      assert.equal(await field.evaluate((element) => element === document.activeElement), true);
      await page.keyboard.type('priya');
      const device = dialog.getByRole('option', { name: "Priya's desk phone" });
      await device.waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `search-${options.colorScheme}`);
      await until('the device to be chosen', async () => {
        if ((await device.getAttribute('aria-selected')) === 'true') return true;
        await page.keyboard.press('ArrowDown');
        return false;
      });
      assert.equal(await field.getAttribute('aria-activedescendant'), await device.getAttribute('id'));
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/devices\/[0-9a-f]+/);
      assert.deepEqual(page.troubles, []);
    });
  }

  test('pages and spare numbers are found, nothing says so, and Escape goes back', async (t) => {
    const { page } = await studio.signedIn(t);
    await page.goto(`/a/${studio.fernhill.id}/users`);
    const button = page.getByRole('button', { name: 'Search everything' });
    const dialog = await opened(page);
    await page.keyboard.type('0161 496 0129');
    await dialog.getByRole('option', { name: /\+44 161 496 0129 Spare/ }).waitFor();
    const field = dialog.getByRole('combobox');
    await field.fill('no such thing');
    await dialog.getByRole('status').getByText('Nothing is called “no such thing”.').waitFor();
    await field.fill('time of day s');
    await dialog.getByRole('option', { name: 'Time of day sets' }).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await button.click();
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await until('the focus to be back', () => button.evaluate((element) => element === document.activeElement));
    assert.deepEqual(page.troubles, []);
  });

  test('another callflow is opened from the editor, and another account finds nothing', async (t) => {
    const { page } = await studio.opened(t, step('sleep', { duration: 1, unit: 's' }));
    const dialog = await opened(page);
    await page.keyboard.type('main line');
    await dialog.getByRole('option', { name: /^Main line/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Main line' }).or(page.getByText('Main line').first()).waitFor();
    const ask = (account) => page.request.post('/ui/search', { data: { account, text: 'a' }, headers: { origin: studio.server.http } });
    const own = await ask(studio.fernhill.id);
    assert.equal(own.status(), 200, await own.text());
    const oakfield = (await (await studio.server.api.signIn('reseller@harbourvoice.example', 'fern-hill-42')).all('/accounts')).find((account) => /Oakfield/.test(account.name));
    const strange = await ask(oakfield.id);
    assert.ok(strange.status() >= 400, String(strange.status()));
  });
});
