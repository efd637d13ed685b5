// An account without callflows: three answers make the first one.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { password } from '../boundary/server.mjs';
import { Studio } from '../boundary/studio.mjs';
import { until } from '../boundary/until.mjs';

const reseller = 'reseller@harbourvoice.example';

describe('the first callflow', () => {
  let studio;
  let api;

  before(async () => {
    studio = await Studio.open();
    api = await studio.server.api.signIn(reseller, password);
  });

  after(() => studio?.close());

  let accounts = 0;

  // An account without callflows, with people, phones and a mailbox when it is `staffed`.
  async function account(staffed = true) {
    accounts += 1;
    const made = await api.post('/accounts', { name: `Newcomer ${accounts}`, realm: `newcomer${accounts}.example` });
    const path = `/accounts/${made.id}`;
    const number = `+4416149607${String(10 + accounts)}`;
    await api.post('/numbers', { number, account_id: made.id });
    if (staffed) {
      await api.post(`${path}/users`, { first_name: 'Ada', last_name: 'Brook' });
      await api.post(`${path}/users`, { first_name: 'Ben', last_name: 'Cole' });
      await api.post(`${path}/voicemail-boxes`, { name: 'Reception', mailbox: '2000' });
    }
    return { id: made.id, path, number };
  }

  async function opened(t, id, options) {
    const page = await studio.browser.person({ origin: studio.server.http, ...options });
    t.after(() => page.context().close());
    await Editor.signIn(page, reseller);
    await page.goto(`/a/${id}/callflows`);
    const main = page.getByRole('main');
    await until('the page to be ready', () => main.getByRole('button', { name: 'Next' }).isEnabled(), { tell: () => page.troubles.join('\n') });
    return { page, main, next: main.getByRole('button', { name: 'Next' }) };
  }

  for (const options of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { colorScheme: 'light', width: 390, height: 844 },
    { colorScheme: 'dark', width: 390, height: 844 },
  ]) {
    const look = `${options.colorScheme}-${options.width ?? 1440}`;
    test(`three answers make a draft that the editor opens, ${look}`, async (t) => {
      const { id, path, number } = await account();
      const { page, main, next } = await opened(t, id, options);
      assert.deepEqual(await accessibility(page), []);
      await next.click();
      await main.getByText('Enter a name').waitFor();
      await main.getByLabel('Name', { exact: true }).fill('Main line');
      await main.getByLabel('Extension optional').fill('2000');
      await picture(page, `first-1-${look}`);
      await next.click();
      const who = main.getByRole('heading', { name: 'Who rings' });
      await until('the question to have the focus', () => who.evaluate((element) => element === document.activeElement));
      await main.getByRole('checkbox', { name: /^Ada Brook/ }).check();
      await main.getByRole('checkbox', { name: /^Ben Cole/ }).check();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `first-2-${look}`);
      await next.click();
      await main.getByRole('heading', { name: 'When nobody answers' }).waitFor();
      assert.equal(await main.getByRole('radio', { name: /^Take a message/ }).isChecked(), true);
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `first-3-${look}`);
      await main.getByRole('button', { name: 'Make the callflow' }).click();
      await page.waitForURL(/\/callflows\/[^/?]+$/);
      const editor = new Editor(page);
      await editor.step(/^Ring Group/).waitFor();
      await editor.step(/^Voicemail.*Reception/).waitFor();
      const made = await api.get(`${path}/callflows/${editor.id()}`);
      assert.deepEqual([made.name, made.numbers, made.state], ['Main line', [number, '2000'], 'never']);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= (options.width ?? 1440), `the page is ${wide} pixels wide`);
      assert.deepEqual(page.troubles, []);
    });
  }

  test('the answers are given by keyboard alone, and going back keeps them', async (t) => {
    const { id, path } = await account();
    const { page, main } = await opened(t, id);
    const editor = new Editor(page);
    const { keyboard } = page;
    await editor.tabTo(main.getByLabel('Name', { exact: true }));
    await keyboard.type('By keyboard');
    await keyboard.press('Enter');
    await editor.tabTo(main.getByRole('checkbox', { name: /^Ada Brook/ }));
    await keyboard.press('Space');
    await editor.tabTo(main.getByRole('button', { name: 'Back' }));
    await keyboard.press('Enter');
    assert.equal(await main.getByLabel('Name', { exact: true }).inputValue(), 'By keyboard');
    await editor.tabTo(main.getByRole('button', { name: 'Next' }));
    await keyboard.press('Enter');
    await until('the answer to be there still', () => main.getByRole('checkbox', { name: /^Ada Brook/ }).isChecked());
    await editor.tabTo(main.getByRole('button', { name: 'Next' }));
    await keyboard.press('Enter');
    await editor.tabTo(main.getByRole('radio', { name: /^Take a message/ }));
    await keyboard.press('ArrowDown');
    await until('the next answer to be chosen', () => main.getByRole('radio', { name: /^Ring somebody else/ }).isChecked());
    await editor.tabTo(main.getByRole('button', { name: 'Make the callflow' }));
    await keyboard.press('Enter');
    await page.waitForURL(/\/callflows\/[^/?]+$/);
    await editor.ready();
    const { flow } = await api.get(`${path}/callflows/${editor.id()}`);
    const modules = Object.values(flow.nodes).map((node) => node.module);
    assert.deepEqual(modules.sort(), ['response', 'user', 'user']);
    assert.deepEqual(page.troubles, []);
  });

  test('an extension that cannot be dialled is told and the answers stay; with nobody to ring the draft just ends', async (t) => {
    const { id, path } = await account(false);
    const { page, main, next } = await opened(t, id);
    await main.getByLabel('Name', { exact: true }).fill('Alone');
    await main.getByLabel('Number optional').selectOption({ label: 'No number yet' });
    await main.getByLabel('Extension optional').fill('x'.repeat(36));
    await next.click();
    await main.getByText('Use digits').waitFor();
    await main.getByLabel('Extension optional').fill('2001');
    await next.click();
    await main.getByText('There is nobody to ring yet').waitFor();
    await next.click();
    assert.equal(await main.getByRole('radio', { name: /^End the call/ }).isChecked(), true);
    await main.getByRole('button', { name: 'Make the callflow' }).click();
    await page.waitForURL(/\/callflows\/[^/?]+$/);
    const editor = new Editor(page);
    await editor.step(/^Response/).waitFor();
    assert.deepEqual((await api.get(`${path}/callflows/${editor.id()}`)).numbers, ['2001']);
    assert.deepEqual(page.troubles, []);
  });
});
