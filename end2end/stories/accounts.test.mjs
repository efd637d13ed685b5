// A reseller's accounts: added, limited, disabled.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, accessibility, picture, press } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server, password } from '../boundary/server.mjs';

const reseller = 'reseller@harbourvoice.example';

describe('the accounts of a reseller', () => {
  let server;
  let browser;

  before(async () => {
    server = await Server.start();
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
  });

  async function open(t, options = {}) {
    const page = await browser.person({ origin: server.http, ...options });
    t.after(() => page.context().close());
    await Editor.signIn(page, reseller);
    await page.goto('/accounts');
    return page;
  }

  const row = (page, name) => page.getByRole('row').filter({ hasText: name });

  for (const [theme, viewport] of [
    ['light', { width: 1440, height: 900 }],
    ['dark', { width: 390, height: 844 }],
  ]) {
    test(`an account is added with its administrator and limits, who signs in, ${theme}`, async (t) => {
      const page = await open(t, { colorScheme: theme, viewport });
      await press(page.getByRole('button', { name: 'Add account' }));
      const form = page.getByRole('dialog');
      await form.getByLabel('Name', { exact: true }).fill(`Northgate ${theme}`);
      await form.getByLabel('Realm').fill('fernhill.example');
      await form.getByLabel(/^Calls at once/).fill('many');
      await form.getByLabel('Administrator’s email').fill(`admin@northgate-${theme}.example`);
      await form.getByRole('button', { name: 'Add account' }).click();
      await form.getByText('Enter a whole number').waitFor();
      await form.getByText('Enter a password').waitFor();
      await form.getByLabel(/^Calls at once/).fill('12');
      await form.getByLabel(/^Administrator’s password/).fill('a long enough one');
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `account-form-${theme}`);
      await form.getByRole('button', { name: 'Add account' }).click();
      await form.getByText('belongs to another account').waitFor();
      await form.getByLabel('Realm').fill(`northgate-${theme}.example`);
      await form.getByRole('button', { name: 'Add account' }).click();
      await form.waitFor({ state: 'detached' });
      await row(page, `Northgate ${theme}`).getByText('12').waitFor();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `accounts-${theme}`);
      assert.deepEqual(page.troubles, []);
      const admin = await server.api.signIn(`admin@northgate-${theme}.example`, 'a long enough one');
      const [account] = await admin.all('/accounts');
      assert.deepEqual([account.name, account.limits.calls], [`Northgate ${theme}`, 12]);
    });
  }

  test('an address that somebody signs in with already leaves no account behind', async (t) => {
    const page = await open(t);
    await press(page.getByRole('button', { name: 'Add account' }));
    const form = page.getByRole('dialog');
    await form.getByLabel('Name', { exact: true }).fill('Twice');
    await form.getByLabel('Realm').fill('twice.example');
    await form.getByLabel('Administrator’s email').fill('admin@fernhill.example');
    await form.getByRole('button', { name: /^Generate/ }).click();
    await form.getByRole('button', { name: 'Add account' }).click();
    await form.getByText('signs in as admin@fernhill.example already').waitFor();
    const api = await server.api.signIn(reseller, password);
    assert.ok(!(await api.all('/accounts')).some((account) => account.name === 'Twice'));
  });

  test('an account is limited and disabled, and active again', async (t) => {
    const page = await open(t);
    const api = await server.api.signIn(reseller, password);
    const stored = () => api.named('/accounts', 'Oakfield Stables');
    const change = async (fill) => {
      await press(page.getByRole('button', { name: 'Change Oakfield Stables' }));
      const form = page.getByRole('dialog');
      await fill(form);
      await form.getByRole('button', { name: 'Save' }).click();
      await form.waitFor({ state: 'detached' });
    };
    await change(async (form) => {
      await form.getByLabel('Calls to and from outside at once').fill('4');
      await form.getByLabel('New calls a minute').fill('30');
      await form.getByLabel('Disabled').check();
    });
    await row(page, 'Oakfield Stables').getByText('Disabled').waitFor();
    assert.deepEqual((await stored()).limits, { calls: null, outside_calls: 4, calls_per_minute: 30 });
    assert.equal((await stored()).enabled, false);
    await change(async (form) => {
      assert.equal(await form.getByLabel('New calls a minute').inputValue(), '30');
      await form.getByLabel('New calls a minute').fill('');
      await form.getByLabel('Active').check();
    });
    await row(page, 'Oakfield Stables').getByText('Active').waitFor();
    assert.deepEqual((await stored()).limits, { calls: null, outside_calls: 4, calls_per_minute: null });
    assert.deepEqual(page.troubles, []);
  });

  test('an administrator cannot add or change accounts', async (t) => {
    const page = await browser.person({ origin: server.http });
    t.after(() => page.context().close());
    await Editor.signIn(page);
    await page.goto('/accounts');
    await page.getByRole('heading', { name: 'Accounts' }).waitFor();
    assert.equal(await page.getByRole('button', { name: 'Add account' }).count(), 0);
    assert.equal(await page.getByRole('button', { name: /^Change / }).count(), 0);
  });
});
