// Resources made and changed from the form of the step that needs them.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('resources in place', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  const end = () => step('response', { code: 480 });
  const form = (page, name) => page.getByRole('dialog', { name });

  for (const theme of ['light', 'dark']) {
    test(`a menu is made from the form of its step, chosen, and there for others, ${theme}`, async (t) => {
      const { editor, page, made } = await studio.opened(t, step('menu', {}, { 1: end() }), { colorScheme: theme });
      await editor.step(/^Menu/).dblclick();
      await form(page, 'Menu').getByRole('button', { name: 'New menu' }).click();
      const over = form(page, 'New menu');
      await over.getByLabel('Name', { exact: true }).fill(`Night menu ${theme}`);
      await over.getByLabel(/^Greeting optional/).selectOption({ label: 'Silence' });
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `in-place-${theme}`);
      await over.getByRole('button', { name: 'Add menu' }).click();
      await over.waitFor({ state: 'detached' });
      await form(page, 'Menu').getByRole('button', { name: 'Done' }).click();
      await editor.step(new RegExp(`^Menu.*Night menu ${theme}`)).waitFor();
      await editor.save();
      const menu = await fernhill.idOf('menus', `Night menu ${theme}`);
      const { flow } = await fernhill.api.get(`${fernhill.path}/callflows/${made.id}`);
      assert.equal(Object.values(flow.nodes).find((node) => node.module === 'menu').data.id, menu);
      assert.deepEqual(page.troubles, []);
    });
  }

  test('a user is renamed from the form of its step, and the diagram says so at once', async (t) => {
    const user = await fernhill.idOf('users', 'Helen Marsh');
    const { editor, page } = await studio.opened(t, step('user', { id: user }, { _: end() }));
    await editor.step(/^User.*Helen Marsh/).dblclick();
    await form(page, 'User').getByRole('button', { name: 'Edit this user' }).click();
    const over = form(page, 'Helen Marsh');
    await over.getByLabel('Last name').fill('Marshall');
    await over.getByRole('button', { name: 'Save user' }).click();
    await over.waitFor({ state: 'detached' });
    await form(page, 'User').getByRole('button', { name: 'Cancel' }).click();
    await editor.step(/^User.*Helen Marshall/).waitFor();
    assert.equal((await fernhill.api.get(`${fernhill.path}/users/${user}`)).last_name, 'Marshall');
    assert.deepEqual(page.troubles, []);
  });

  test('what is wrong is said at its field, and leaving the form leaves the other one as it was', async (t) => {
    const { editor, page } = await studio.opened(t, step('menu', {}, { 1: end() }));
    await editor.step(/^Menu/).dblclick();
    await form(page, 'Menu').getByRole('button', { name: 'New menu' }).click();
    const over = form(page, 'New menu');
    await over.getByRole('button', { name: 'Add menu' }).click();
    await over.getByText('Enter a name.').waitFor();
    await page.keyboard.press('Escape');
    await over.waitFor({ state: 'detached' });
    await form(page, 'Menu').getByLabel('Menu', { exact: true }).waitFor();
  });

  for (const options of [
    { colorScheme: 'light' },
    { colorScheme: 'dark', phone: true },
  ]) {
    test(`who saves second is told in the form over the step, and can add to it or see theirs, ${options.colorScheme}`, async (t) => {
      const named = `Shared menu ${options.colorScheme}`;
      const menu = await fernhill.api.post(`${fernhill.path}/menus`, { name: named, retries: 3 });
      const path = `${fernhill.path}/menus/${menu.id}`;
      // Somebody else saves while the form is open.
      const meanwhile = async (values) => {
        const now = await fernhill.api.get(path);
        await fernhill.api.ask('PUT', path, { body: { ...now, ...values }, headers: { 'if-match': `"${now.revision}"` } });
      };
      const { phone, ...theme } = options;
      const { editor, page } = await studio.opened(t, step('menu', { id: menu.id }, { 1: end() }), theme);
      await editor.step(/^Menu/).dblclick();
      await form(page, 'Menu').waitFor();
      if (phone) await page.setViewportSize({ width: 390, height: 844 });
      const edit = async () => {
        await form(page, 'Menu').getByRole('button', { name: 'Edit this menu' }).click();
        const over = page.locator('.dialog').filter({ has: page.locator('#resource-over') });
        await over.getByLabel('Name', { exact: true }).waitFor();
        return over;
      };
      const over = await edit();
      await meanwhile({ retries: 7 });
      await over.getByLabel('Name', { exact: true }).fill(`${named}, mine`);
      await over.getByRole('button', { name: 'Save menu' }).click();
      const banner = over.getByRole('alert').filter({ hasText: 'saved this menu in between' });
      await banner.waitFor();
      assert.equal(await over.getByLabel('Name', { exact: true }).inputValue(), `${named}, mine`, 'nothing typed is lost');
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `in-place-stale-${options.colorScheme}`);
      await banner.getByRole('button', { name: 'Add mine to theirs' }).click();
      await over.waitFor({ state: 'detached' });
      const both = await fernhill.api.get(path);
      assert.deepEqual([both.name, both.retries], [`${named}, mine`, 7]);

      const again = await edit();
      await meanwhile({ name: `${named}, theirs` });
      await again.getByLabel('Name', { exact: true }).fill('Lost');
      await again.getByRole('button', { name: 'Save menu' }).click();
      await again.getByRole('button', { name: 'Drop mine, show theirs' }).click();
      await until('theirs to be shown', async () => (await again.getByLabel('Name', { exact: true }).inputValue()) === `${named}, theirs`);
      assert.equal(await again.getByRole('alert').count(), 0);
      assert.equal((await fernhill.api.get(path)).name, `${named}, theirs`);
    });
  }
});
