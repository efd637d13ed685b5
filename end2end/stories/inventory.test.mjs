// The reseller's numbers: found, added, assigned and released.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, press } from '../boundary/browser.mjs';
import { password } from '../boundary/server.mjs';
import { Studio } from '../boundary/studio.mjs';

const reseller = 'reseller@harbourvoice.example';

describe('the inventory of numbers', () => {
  let studio;

  before(async () => {
    studio = await Studio.open();
  });

  after(() => studio?.close());

  async function open(t, email, options = {}) {
    const { page } = await studio.pictured(t, { email, ...options });
    await page.goto('/numbers');
    return page;
  }

  const row = (page, number) => page.getByRole('row').filter({ hasText: number });

  test('a number is added, assigned to an account and released again', async (t) => {
    const page = await open(t, reseller);
    await row(page, '+44 161 496 0120').getByRole('link', { name: 'Fernhill Veterinary' }).waitFor();
    assert.deepEqual(await accessibility(page), []);
    await press(page.getByRole('button', { name: 'Add number' }));
    await page.getByRole('dialog').getByLabel('Number').fill('+441614960777');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('dialog').getByRole('button', { name: 'Add number' }).click();
    await press(page.getByRole('button', { name: 'Assign +44 161 496 0777' }));
    await page.getByRole('dialog').getByLabel('Account').selectOption({ label: 'Oakfield Stables' });
    await page.getByRole('dialog').getByRole('button', { name: 'Assign' }).click();
    await row(page, '0777').getByText('Oakfield Stables').waitFor();
    const api = await studio.server.api.signIn(reseller, password);
    assert.equal((await api.get('/numbers/+441614960777')).account_name, 'Oakfield Stables');
    await press(page.getByRole('button', { name: 'Release +44 161 496 0777' }));
    await row(page, '0777').getByText('Not assigned').waitFor();
    assert.deepEqual(page.troubles, []);
  });

  test('numbers are found by part of them, spare ones alone, and page by page on the server', async (t) => {
    const api = await studio.server.api.signIn(reseller, password);
    for (let n = 100; n < 150; n += 1) await api.post('/numbers', { number: `+44161496${n}9` });
    const page = await open(t, reseller, { javaScriptEnabled: false });
    const more = page.getByRole('link', { name: 'More numbers' });
    const first = await page.getByRole('row').count();
    assert.equal(first, 51, 'a head and 50 numbers');
    await more.click();
    await more.waitFor({ state: 'detached' });
    assert.ok((await page.getByRole('row').count()) > 10, 'the rest');
    await page.goto('/numbers?search=0161+496+012');
    assert.equal(await page.getByRole('row').count(), 11);
    await page.getByRole('link', { name: 'Spare' }).click();
    await row(page, 'Spare').first().waitFor();
    assert.equal(await page.getByRole('row').count(), 4, 'three are spare');
    assert.equal(await page.getByText('In use').count(), 0);
  });

  test('an account administrator does not see the inventory', async (t) => {
    const page = await open(t, 'admin@fernhill.example');
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByRole('table').count(), 0);
  });
});
