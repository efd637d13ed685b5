// When things happen: who rings when, when a rule applies, and where a step is.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('times and places', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  const end = () => step('response', { code: 480 });
  const sleeping = (duration, next) => step('sleep', { duration, unit: 's' }, next && { _: next });

  for (const theme of ['light', 'dark']) {
    test(`the members of a ring group are drawn on a line of time while they are chosen, ${theme}`, async (t) => {
      const [ruth, tom] = await Promise.all(['Ruth Calder', 'Daniel Osei'].map((name) => fernhill.idOf('users', name)));
      const endpoints = [
        { id: ruth, endpoint_type: 'user', timeout: 20 },
        { id: tom, endpoint_type: 'user', delay: 10, timeout: 30 },
      ];
      const { editor } = await studio.opened(t, step('ring_group', { name: 'Reception', endpoints, strategy: 'simultaneous' }, { _: end() }), { colorScheme: theme });
      await editor.step(/^Ring Group/).dblclick();
      const bar = (told) => editor.dialog.getByRole('img', { name: told });
      await bar('Ruth Calder rings from 0 s to 20 s').waitFor();
      await bar('Daniel Osei rings from 10 s to 40 s').waitFor();
      await editor.dialog.getByLabel('Delay of Daniel Osei in seconds').fill('15');
      await bar('Daniel Osei rings from 15 s to 45 s').waitFor();
      assert.deepEqual(await accessibility(editor.page), []);
      await picture(editor.page, `members-${theme}`);
      await editor.dialog.getByLabel('In order').check();
      await bar('Daniel Osei rings from 35 s to 65 s').waitFor();
      await editor.dialog.getByLabel('Ring for at most').fill('35');
      await bar('Daniel Osei does not ring').waitFor();
      assert.deepEqual(editor.page.troubles, []);
    });

    test(`a rule shows the days on which it applies and follows what is typed, ${theme}`, async (t) => {
      const editor = await studio.signedIn(t, { colorScheme: theme });
      const { page } = editor;
      const rule = await fernhill.idOf('time-rules', 'Opening hours');
      await page.goto(`/a/${fernhill.id}/time-rules/${rule}`);
      const month = page.locator('.calendar');
      await month.locator('.cal-day.is-on').first().waitFor();
      const days = await month.locator('.cal-day.is-on').count();
      assert.ok(days > 0 && days < 28, `${days} days`);
      assert.equal(await page.getByRole('list', { name: 'What changes next' }).getByRole('listitem').count(), 10);
      const first = await month.getAttribute('aria-label');
      await month.getByRole('button', { name: 'Month after' }).click();
      await until('the next month to be shown', async () => (await month.getAttribute('aria-label')) !== first);
      await page.getByRole('textbox', { name: 'From' }).fill('10:15');
      await month.getByText(/10:15 to/).first().waitFor({ state: 'attached' });
      await page.getByText('Calendar').scrollIntoViewIfNeeded();
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `calendar-${theme}`);
      await page.getByRole('textbox', { name: 'From' }).fill('noon');
      await page.getByText(/^From: /).waitFor();
      assert.deepEqual(page.troubles, []);
    });
  }

  test('the form of Time of Day tells what happens when', async (t) => {
    const rule = await fernhill.idOf('time-rules', 'Opening hours');
    const { editor } = await studio.opened(t, step('temporal_route', {}, { [rule]: sleeping(1, end()), _: end() }));
    await editor.step(/^Time of Day/).dblclick();
    const times = editor.dialog.getByRole('region', { name: 'What happens when' });
    await times.getByText('Opening hours').first().waitFor();
    await times.getByText('Otherwise').first().waitFor();
    await times.getByText('Times in Europe/London.').waitFor();
    await editor.dialog.getByLabel('Time zone').fill('Asia/Tokyo');
    await times.getByText('Times in Asia/Tokyo.').waitFor();
    await picture(editor.page, 'time-of-day');
    assert.deepEqual(editor.page.troubles, []);
  });

  test('steps are found by Ctrl F, also inside folds, and gone through', async (t) => {
    const menu = step('menu', { id: await fernhill.idOf('menus', 'Main menu') }, { 1: sleeping(41, end()), 2: sleeping(42, end()) });
    const { editor } = await studio.opened(t, menu);
    const { page } = editor;
    await editor.step(/^Menu/).click();
    await page.keyboard.press('Space');
    await until('the menu to be folded', async () => (await editor.step(/^(1: )?Sleep/).count()) === 0);
    await page.keyboard.press('Control+f');
    const field = page.getByRole('textbox', { name: 'Find a step' });
    await field.fill('sleep');
    await page.getByText('2 found').waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('1 of 2', { exact: true }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('2 of 2', { exact: true }).waitFor();
    assert.match(await editor.tree.getByRole('treeitem', { selected: true }).innerText(), /42 s/);
    assert.equal(await page.locator('.node.is-hit').count(), 2);
    assert.deepEqual(await accessibility(page), []);
    await picture(page, 'found');
    await field.fill('nobody');
    await page.getByText('Nothing found').first().waitFor();
    await page.keyboard.press('Escape');
    await field.waitFor({ state: 'detached' });
    assert.equal(await page.locator('.node.is-hit').count(), 0);
    assert.deepEqual(page.troubles, []);
  });
});
