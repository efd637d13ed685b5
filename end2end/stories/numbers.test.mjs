// The numbers of an account: which callflow each leads to, given to one and taken away again.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('the numbers of an account', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  async function opened(t, options) {
    const { page } = await studio.signedIn(t, options);
    await page.goto(`/a/${fernhill.id}/numbers`);
    const row = (number) => page.getByRole('row').filter({ hasText: number });
    await until('the page to be ready', () => row('0129').getByRole('button').isEnabled(), { tell: () => page.troubles.join('\n') });
    return { page, row, toast: page.locator('.toasts'), dialog: page.getByRole('dialog') };
  }

  const numbers = async (id) => (await fernhill.api.get(`${fernhill.path}/callflows/${id}`)).numbers;
  const plain = () => step('response', { code: 480 });

  for (const options of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { colorScheme: 'light', width: 390, height: 844 },
    { colorScheme: 'dark', width: 390, height: 844 },
  ]) {
    const look = `${options.colorScheme}-${options.width ?? 1440}`;
    const extension = `27${options.colorScheme.length}${options.width ?? 1440}`;
    test(`a spare number is given to a callflow, and undone, ${look}`, async (t) => {
      const name = `Spare ${look}`;
      const made = await fernhill.create({ name, numbers: [extension], flow: plain() });
      const before = await numbers(made.id);
      const { page, row, toast, dialog } = await opened(t, options);
      await row('0129').getByText('Spare', { exact: true }).waitFor();
      assert.deepEqual(await accessibility(page), []);
      await page.getByRole('button', { name: 'Assign +44 161 496 0129' }).click();
      await dialog.getByLabel('Callflow', { exact: true }).selectOption({ label: name });
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `numbers-assign-${look}`);
      await dialog.getByRole('button', { name: 'Assign' }).click();
      await row('0129').getByText('Not published yet').waitFor();
      await row('0129').getByRole('link', { name }).waitFor();
      await toast.getByText(`Calls to it arrive once you publish “${name}”.`).waitFor();
      await picture(page, `numbers-${look}`);
      assert.deepEqual(await accessibility(page), []);
      assert.deepEqual(await numbers(made.id), [...before, '+441614960129']);
      await toast.getByRole('button', { name: 'Undo' }).click();
      await row('0129').getByText('Spare', { exact: true }).waitFor();
      assert.deepEqual(await numbers(made.id), before);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= (options.width ?? 1440), `the page is ${wide} pixels wide`);
      assert.deepEqual(page.troubles, []);
    });
  }

  test('a number is taken away by keyboard, callers reach it until that is published, and undo puts it where it was', async (t) => {
    const main = await fernhill.api.named(`${fernhill.path}/callflows`, 'Main line');
    const before = await numbers(main.id);
    const { page, row, toast } = await opened(t);
    const button = page.getByRole('button', { name: 'Take away +44 161 496 0120' });
    await button.focus();
    await page.keyboard.press('Enter');
    await row('0120').getByText('Calls still arrive at “Main line”').waitFor();
    assert.deepEqual(await numbers(main.id), before.filter((number) => number !== '+441614960120'));
    const now = page.getByRole('button', { name: 'Assign +44 161 496 0120' });
    await until('the focus to be back', () => now.evaluate((element) => element === document.activeElement));
    await toast.getByRole('button', { name: 'Undo' }).focus();
    await page.keyboard.press('Enter');
    await row('0120').getByText('In use').waitFor();
    assert.deepEqual(await numbers(main.id), before);
    assert.deepEqual(page.troubles, []);
  });

  test('undo works from another page of the account', async (t) => {
    const made = await fernhill.create({ name: 'Elsewhere', numbers: ['2799'], flow: plain() });
    const { page, row, toast, dialog } = await opened(t);
    await page.getByRole('button', { name: 'Assign +44 161 496 0128' }).click();
    await dialog.getByLabel('Callflow', { exact: true }).selectOption({ label: 'Elsewhere' });
    await dialog.getByRole('button', { name: 'Assign' }).click();
    await row('0128').getByText('Not published yet').waitFor();
    await page.getByRole('navigation', { name: 'Account' }).getByRole('link', { name: /^Users/ }).click();
    await page.getByRole('heading', { name: 'Users' }).waitFor();
    await toast.getByRole('button', { name: 'Undo' }).click();
    await until('the number to be spare', async () => (await numbers(made.id)).length === 1);
    assert.deepEqual(page.troubles, []);
  });

  test('a callflow that is gone is told, and the number stays spare', async (t) => {
    const made = await fernhill.create({ name: 'Gone soon', numbers: [], flow: plain() });
    const { page, row, toast, dialog } = await opened(t);
    await page.getByRole('button', { name: 'Assign +44 161 496 0127' }).click();
    await dialog.getByLabel('Callflow', { exact: true }).selectOption({ label: 'Gone soon' });
    await fernhill.api.ask('DELETE', `${fernhill.path}/callflows/${made.id}`);
    await dialog.getByRole('button', { name: 'Assign' }).click();
    await toast.getByText('There is no callflow here.').waitFor();
    await row('0127').getByText('Spare', { exact: true }).waitFor();
    assert.deepEqual(page.troubles, []);
  });
});
