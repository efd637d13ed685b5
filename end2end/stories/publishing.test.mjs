// Making a draft live from the editor: the note for the history, and what is asked before.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { accessibility, picture } from '../boundary/browser.mjs';
import { Studio } from '../boundary/studio.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('publishing', () => {
  let studio;
  let fernhill;

  before(async () => {
    studio = await Studio.open();
    fernhill = studio.fernhill;
  });

  after(() => studio?.close());

  const plain = () => step('sleep', { duration: 5, unit: 's' }, { _: step('response', { code: 480 }) });
  const history = (made) => fernhill.api.all(`${fernhill.path}/callflows/${made.id}/versions`);
  const button = (page) => page.getByRole('button', { name: 'Publish', exact: true });

  for (const options of [
    { colorScheme: 'light' },
    { colorScheme: 'dark' },
    { colorScheme: 'light', phone: true },
    { colorScheme: 'dark', phone: true },
  ]) {
    const look = `${options.colorScheme}-${options.phone ? 390 : 1440}`;
    test(`the note given at the editor stands in the history, ${look}`, async (t) => {
      const { phone, ...theme } = options;
      const { editor, page, made } = await (phone ? studio.openedOnPhone(t, plain(), theme) : studio.opened(t, plain(), theme));
      if (phone) {
        await page.getByRole('navigation', { name: 'Callflow' }).getByRole('button', { name: 'Save' }).click();
        await page.getByRole('menu', { name: 'Save' }).getByRole('menuitem', { name: /^Publish/ }).click();
      } else {
        await button(page).click();
      }
      const note = editor.dialog.getByLabel('Note optional');
      await until('the note to have the focus', () => note.evaluate((element) => element === document.activeElement));
      await page.keyboard.type('Opening hours');
      assert.deepEqual(await accessibility(page), []);
      await picture(page, `publishing-${look}`);
      await page.keyboard.press('Enter');
      await editor.state.getByText('Live v1').waitFor();
      assert.deepEqual((await history(made)).map((version) => version.note), ['Opening hours']);
      assert.deepEqual(page.troubles, []);
    });
  }

  test('what is new is told before it is live, and leaving publishes nothing and gives the focus back', async (t) => {
    const { editor, page, made } = await studio.opened(t, plain());
    await editor.publish(1);
    await fernhill.change(made.id, (document) => {
      document.flow.nodes.n1.data.duration = 9;
      return document;
    });
    await editor.open(fernhill.id, made.id);
    await button(page).click();
    await editor.dialog.getByText(/Sleep/).first().waitFor();
    await page.keyboard.press('Escape');
    await editor.dialog.waitFor({ state: 'detached' });
    await until('the focus to be back', () => button(page).evaluate((element) => element === document.activeElement));
    assert.equal((await history(made)).length, 1);
  });

  test('warnings are asked about once, with the note beside them', async (t) => {
    const unended = step('sleep', { duration: 5, unit: 's' });
    const { editor, page, made } = await studio.opened(t, unended);
    await button(page).click();
    const question = page.getByRole('alertdialog', { name: /Publish with \d+ warnings?\?/ });
    await question.getByLabel('Note optional').fill('In spite of it');
    await picture(page, 'publishing-warned');
    assert.deepEqual(await accessibility(page), []);
    await editor.finish('Publish');
    await page.getByText('Live v1').first().waitFor();
    assert.deepEqual((await history(made)).map((version) => version.note), ['In spite of it']);
  });
});
