// Problems while drawing: where they are, why, and what puts them right.

import { after, before, describe, test } from 'node:test';
import assert from 'node:assert/strict';
import { Browser, accessibility, picture } from '../boundary/browser.mjs';
import { Editor } from '../boundary/editor.mjs';
import { Server } from '../boundary/server.mjs';
import { Fernhill } from '../boundary/demo.mjs';
import { step } from '../boundary/desk.mjs';
import { until } from '../boundary/until.mjs';

describe('problems while drawing', () => {
  let server;
  let fernhill;
  let browser;

  before(async () => {
    server = await Server.start();
    fernhill = await Fernhill.open(server);
    browser = await Browser.start();
  });

  after(async () => {
    await browser?.stop();
    await server?.stop();
  });

  // A flow that sends callers a challenge they cannot answer, open in an editor.
  async function challenging(t, options) {
    const made = await fernhill.create({ name: t.name.slice(0, 30), numbers: [], flow: step('sleep', { duration: 5, unit: 's' }, { _: step('response', { code: 401 }) }) });
    const page = await browser.person({ origin: server.http, ...options });
    t.after(async () => {
      await picture(page, t.name.replaceAll(/[ ,]+/g, '-')).catch(() => {});
      await page.context().close();
    });
    const editor = await Editor.signIn(page);
    await editor.open(fernhill.id, made.id);
    return editor;
  }

  const problems = (editor) => editor.page.getByRole('menu', { name: 'Problems' });
  const counted = (editor) => editor.page.getByRole('button', { name: /^\d+ (problem|warning|hint)s?$/ });

  test('a problem is put right with one press, and undone with one', async (t) => {
    const editor = await challenging(t);
    await counted(editor).click();
    await problems(editor).getByRole('menuitem', { name: 'Refuse with 403' }).click();
    await editor.step(/^Response.*403/).waitFor();
    await until('no problem to be left', async () => (await counted(editor).count()) === 0);
    await editor.page.getByRole('button', { name: /^Undo/ }).click();
    await editor.step(/^Response.*401/).waitFor();
    await counted(editor).waitFor();
    assert.deepEqual(editor.page.troubles, []);
  });

  test("a step's card says what is wrong with it and mends it", async (t) => {
    const editor = await challenging(t);
    await editor.step(/^Response/).click();
    const card = editor.page.getByRole('region', { name: 'Selected step' });
    await card.getByRole('list', { name: 'Problems of this step' }).getByText(/401/).waitFor();
    assert.deepEqual(await accessibility(editor.page), []);
    await card.getByRole('button', { name: 'Refuse with 403' }).click();
    await editor.step(/^Response.*403/).waitFor();
  });

  test('a number that another callflow has is a problem before it is saved', async (t) => {
    const editor = await challenging(t);
    await editor.tree.getByRole('button', { name: 'Change name and numbers' }).click();
    await editor.dialog.getByRole('radio', { name: 'Extension' }).click();
    await editor.dialog.getByLabel('Extension', { exact: true }).last().fill('2000');
    await editor.page.keyboard.press('Enter');
    await editor.finish('Done');
    await counted(editor).click();
    await problems(editor).getByText(/2000.*Main line|Main line.*2000/).first().waitFor();
  });

  for (const theme of ['light', 'dark']) {
    test(`why something is a problem can be read, ${theme}`, async (t) => {
      const editor = await challenging(t, { colorScheme: theme });
      await counted(editor).click();
      assert.deepEqual(await accessibility(editor.page), []);
      await picture(editor.page, `problems-${theme}`);
      await problems(editor).getByRole('menuitem', { name: /^Why/ }).first().click();
      await editor.dialog.getByRole('heading', { name: 'What to do' }).waitFor();
      assert.deepEqual(await accessibility(editor.page), []);
    });

    test(`what an action does is told beside its form, ${theme}`, async (t) => {
      const editor = await challenging(t, { colorScheme: theme });
      await editor.step(/^Sleep/).dblclick();
      await editor.dialog.getByText('What a caller hears, and examples').click();
      await editor.dialog.getByRole('heading', { name: 'Fields' }).waitFor();
      assert.deepEqual(await accessibility(editor.page), []);
    });
  }
});
